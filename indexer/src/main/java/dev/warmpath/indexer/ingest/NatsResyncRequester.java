package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.ResyncPart;
import dev.warmpath.v1.ResyncRequest;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks workers for their content over NATS, and hands the answers to an {@link Ingest}.
 * Thread-safe; {@link #request} never blocks. A request that comes to nothing is counted and
 * forgotten: the ingest repeats it.
 */
public final class NatsResyncRequester implements ResyncRequester, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NatsResyncRequester.class);

  /**
   * Answers that may be in the making at once; further requests are left out, and made again soon.
   */
  private static final int ANSWERS_LIMIT = 64;

  /** Bytes of all answers in the making; the one that passes it is given up. */
  private static final long ANSWER_BYTES_LIMIT = 512L << 20;

  /** An answer whose next part does not come for so long is given up. */
  private static final long SILENCE_NANOS = Duration.ofSeconds(1).toNanos();

  private final NatsLink link;
  private final String replyPrefix;
  private final Dispatcher dispatcher;
  private final ConcurrentHashMap<String, Answer> answers = new ConcurrentHashMap<>();
  private final AtomicLong lastToken = new AtomicLong();
  private final LongAdder leftOut = new LongAdder();
  private final OccasionalLog warnings = new OccasionalLog(LOG);
  private volatile @Nullable Ingest ingest;

  /** A requester on {@code link}; asks nothing before {@link #attach}. */
  public NatsResyncRequester(NatsLink link) {
    this.link = link;
    this.replyPrefix = link.connection().createInbox() + ".";
    this.dispatcher = link.connection().createDispatcher(this::take);
    dispatcher.subscribe(replyPrefix + "*");
  }

  /** Answers go to {@code ingest} from here on. */
  public void attach(Ingest ingest) {
    this.ingest = ingest;
  }

  /** Times that requests were left out since too many answers were in the making. */
  public long leftOut() {
    return leftOut.sum();
  }

  @Override
  public boolean request(IndexedTarget target, long incarnation, long appliedEventId) {
    Ingest asker = ingest;
    if (asker == null || !link.isConnected()) {
      return false;
    }
    giveUpSilent(asker);
    if (answers.values().stream().anyMatch(answer -> answer.target.equals(target))) {
      return true;
    }
    if (answers.size() >= ANSWERS_LIMIT) {
      leftOut.increment();
      return false;
    }
    String token = Long.toString(lastToken.incrementAndGet());
    answers.put(token, new Answer(target));
    ResyncRequest request =
        ResyncRequest.newBuilder()
            .setRank(target.id().rank())
            .setIncarnation(incarnation)
            .setAppliedEventId(appliedEventId)
            .build();
    link.connection()
        .publish(
            link.subjects().resync(target.id().workerId()),
            replyPrefix + token,
            request.toByteArray());
    return true;
  }

  private void giveUpSilent(Ingest asker) {
    long now = System.nanoTime();
    answers
        .entrySet()
        .removeIf(entry -> {
          boolean silent = now - entry.getValue().lastPartNanos > SILENCE_NANOS;
          if (silent) {
            asker.counters().resyncsFailed.increment();
          }
          return silent;
        });
  }

  private void take(Message message) {
    String token = message.getSubject().substring(replyPrefix.length());
    Answer answer = answers.get(token);
    Ingest asker = ingest;
    if (answer == null || asker == null) {
      return;
    }
    try {
      if (message.isStatusMessage()) {
        throw new MalformedEventException("no worker answers: " + message.getStatus().getMessage());
      }
      if (!answer.add(message.getData())) {
        checkBytes();
        return;
      }
      asker.offer(answer.parts.snapshot());
    } catch (MalformedEventException | RuntimeException e) {
      asker.counters().resyncsFailed.increment();
      warnings.warn("no content of " + answer.target.id(), e);
    }
    answers.remove(token);
  }

  private void checkBytes() throws MalformedEventException {
    long bytes = answers.values().stream().mapToLong(answer -> answer.bytes).sum();
    WireLimits.check(
        bytes <= ANSWER_BYTES_LIMIT,
        "answers in the making have %d bytes, the limit is %d",
        bytes,
        ANSWER_BYTES_LIMIT);
  }

  /** Waits for no answer any more; the link stays open. */
  @Override
  public void close() {
    link.closeDispatcher(dispatcher);
    answers.clear();
  }

  /** An answer in the making. Parts are added by the dispatcher's thread only. */
  private static final class Answer {
    final IndexedTarget target;
    final SnapshotAssembler parts;
    volatile long lastPartNanos = System.nanoTime();
    volatile long bytes;

    Answer(IndexedTarget target) {
      this.target = target;
      this.parts = new SnapshotAssembler(target);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    boolean add(byte[] payload) throws MalformedEventException {
      bytes += payload.length;
      ResyncPart part = SnapshotAssembler.parse(payload);
      boolean last = parts.add(part);
      lastPartNanos = System.nanoTime();
      return last;
    }
  }
}
