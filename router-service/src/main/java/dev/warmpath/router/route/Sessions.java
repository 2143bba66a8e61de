package dev.warmpath.router.route;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Which targets the sessions are on. Any thread; time comes in. Bounded: beyond the limit the
 * session that is likely to be used least is forgotten, and its next request starts it anew.
 */
public final class Sessions {
  /** Most sessions that a router remembers. */
  public static final int MAX_SESSIONS = 200_000;

  /*
   * Caffeine asks a ticker for the time; here the time is the latest that came in. Only a booking
   * makes or extends a session: who asks without booking changes nothing.
   */
  private final Cache<Key, Binding> bindings;
  private final LongAdder evicted = new LongAdder();
  private volatile long latestNanos;

  /**
   * @param maxSessions most sessions that are remembered
   * @param nowNanos the time
   */
  public Sessions(int maxSessions, long nowNanos) {
    latestNanos = nowNanos;
    bindings =
        Caffeine.newBuilder()
            .maximumSize(maxSessions)
            .expireAfter(new OwnLife())
            .ticker(() -> latestNanos)
            .executor(Runnable::run)
            .evictionListener((_, _, cause) -> count(cause))
            .build();
  }

  private void count(RemovalCause cause) {
    if (cause == RemovalCause.SIZE) {
      evicted.increment();
    }
  }

  /** Where a session is; null when it is on no target. */
  @Nullable Binding of(String model, Session session, long nowNanos) {
    advance(nowNanos);
    return bindings.policy().getIfPresentQuietly(new Key(model, session.id()));
  }

  /** A request of a session was booked: the session is there now, for another span of its life. */
  void bind(String model, Session session, Decision decision, long nowNanos) {
    advance(nowNanos);
    bindings.put(
        new Key(model, session.id()),
        new Binding(decision.target(), decision.prefillTarget(), session.ttlNanos()));
  }

  private void advance(long nowNanos) {
    if (nowNanos - latestNanos > 0) {
      latestNanos = nowNanos;
    }
  }

  /** Sessions that are remembered; some may have ended. */
  public long size() {
    return bindings.estimatedSize();
  }

  /** Sessions that were forgotten since there were too many. */
  public long evicted() {
    return evicted.sum();
  }

  /**
   * Where a session is.
   *
   * @param target answers its requests
   * @param prefillTarget computes their prompts; null when {@code target} does
   * @param ttlNanos how long this holds
   */
  record Binding(Target target, @Nullable Target prefillTarget, long ttlNanos) {
    /** The target for one role; null when the session has none. */
    @Nullable Target targetFor(boolean prefillOnly) {
      return prefillOnly ? prefillTarget : target;
    }
  }

  private record Key(String model, String sessionId) {}

  private static final class OwnLife implements Expiry<Key, Binding> {
    @Override
    public long expireAfterCreate(Key key, Binding binding, long currentTime) {
      return binding.ttlNanos();
    }

    @Override
    public long expireAfterUpdate(
        Key key, Binding binding, long currentTime, long currentDuration) {
      return binding.ttlNanos();
    }

    @Override
    public long expireAfterRead(Key key, Binding binding, long currentTime, long currentDuration) {
      return currentDuration;
    }
  }
}
