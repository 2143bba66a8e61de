package dev.warmpath.router.discovery;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** What discovery refused and had to repair; any thread may read. */
public final class DiscoveryCounters {
  private final Map<RefusalKind, LongAdder> refusals = new EnumMap<>(RefusalKind.class);
  private final LongAdder lists = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder fileLoads = new LongAdder();

  public DiscoveryCounters() {
    for (RefusalKind kind : RefusalKind.values()) {
      refusals.put(kind, new LongAdder());
    }
  }

  /** Values refused for one reason. */
  public long refused(RefusalKind kind) {
    return adderOf(kind).sum();
  }

  /** By reason, in lower case, what reads how often it was the reason. */
  public Map<String, LongSupplier> refusals() {
    return refusals.entrySet().stream()
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().name().toLowerCase(Locale.ROOT),
                entry -> entry.getValue()::sum));
  }

  /** Full listings of the workers in etcd. */
  public long lists() {
    return lists.sum();
  }

  /** Times that etcd was lost or that a watch ended. */
  public long failures() {
    return failures.sum();
  }

  /** Fleet files taken over, the first one included. */
  public long fileLoads() {
    return fileLoads.sum();
  }

  void countRefusal(RefusalKind kind) {
    adderOf(kind).increment();
  }

  void countList() {
    lists.increment();
  }

  void countFailure() {
    failures.increment();
  }

  void countFileLoad() {
    fileLoads.increment();
  }

  @SuppressWarnings("NullAway") // The constructor fills in every kind.
  private LongAdder adderOf(RefusalKind kind) {
    return refusals.get(kind);
  }
}
