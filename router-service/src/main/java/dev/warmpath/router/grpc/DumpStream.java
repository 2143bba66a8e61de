package dev.warmpath.router.grpc;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.ingest.Dump;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.SnapshotParts;
import dev.warmpath.indexer.ingest.TooManyQuestionsException;
import dev.warmpath.v1.ResyncPart;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a dump, as fast as the caller takes them: a target's content is asked for when the
 * parts of the one before it are sent. A caller that stops reading for {@link #READ_WITHIN} is sent
 * no more: its dump has one of few places. Encoding takes milliseconds for a large cache, so it
 * runs on virtual threads and not on the transport's; the monitor keeps them apart.
 */
final class DumpStream {
  private static final Logger LOG = LoggerFactory.getLogger(DumpStream.class);

  /** How long a caller may take until it reads on; it is ended after twice as long at most. */
  static final Duration READ_WITHIN = Duration.ofSeconds(60);

  /** How long the owner of the index may take to say what a target holds. */
  private static final long ANSWER_SECONDS = 60;

  private final Ingest ingest;
  private final ServerCallStreamObserver<ResyncPart> call;
  private final Dump dump;
  private final Executor nextCheck;
  private final Deque<ResyncPart> parts = new ArrayDeque<>();

  /** What was asked for and is not answered; null for nothing. */
  private @Nullable CompletableFuture<?> asked;

  /** Times that the caller was ready for more, or an answer came. */
  private long turns;

  private long turnsSeen;

  private boolean ended;

  private DumpStream(
      Ingest ingest, ServerCallStreamObserver<ResyncPart> call, Dump dump, Duration readWithin) {
    this.ingest = ingest;
    this.call = call;
    this.dump = dump;
    this.nextCheck =
        CompletableFuture.delayedExecutor(
            readWithin.toMillis(), TimeUnit.MILLISECONDS, Thread::startVirtualThread);
  }

  /**
   * Answers a call with what the index holds.
   *
   * @param workerId only this worker; empty for all
   * @param readWithin how long the caller may take until it reads on
   */
  static void start(
      Ingest ingest,
      String workerId,
      ServerCallStreamObserver<ResyncPart> call,
      Duration readWithin) {
    Dump dump;
    try {
      dump = ingest.dump(workerId);
    } catch (TooManyQuestionsException e) {
      call.onError(GrpcErrors.noAnswer(e));
      return;
    }
    DumpStream stream = new DumpStream(ingest, call, dump, readWithin);
    call.setOnCancelHandler(() -> Thread.startVirtualThread(stream::end));
    call.setOnReadyHandler(() -> Thread.startVirtualThread(stream::send));
    stream.nextCheck.execute(stream::checkReader);
  }

  private synchronized void send() {
    try {
      sendWhatIsRead();
    } catch (RuntimeException | Error e) {
      LOG.error("a dump cannot go on", e);
      fail(GrpcErrors.noAnswer(e));
    }
  }

  private void sendWhatIsRead() {
    turns++;
    while (!ended && asked == null && call.isReady()) {
      ResyncPart part = parts.poll();
      if (part != null) {
        call.onNext(part);
      } else if (dump.hasNext()) {
        ask();
      } else {
        end();
        call.onCompleted();
      }
    }
  }

  /** Now and then; ends what nobody has read since the last time. */
  private synchronized void checkReader() {
    if (!ended && asked == null && turns == turnsSeen) {
      dump.closeUnread();
      fail(GrpcErrors.notRead());
    }
    if (!ended) {
      turnsSeen = turns;
      nextCheck.execute(this::checkReader);
    }
  }

  private void ask() {
    CompletableFuture<Optional<CacheSnapshot>> next = dump.next();
    asked = next;
    var _ =
        next.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .whenCompleteAsync(
                (content, failure) -> {
                  if (failure == null) {
                    answered(content);
                  } else {
                    fail(GrpcErrors.noAnswer(failure));
                  }
                },
                Thread::startVirtualThread);
  }

  private synchronized void answered(Optional<CacheSnapshot> content) {
    asked = null;
    if (!ended) {
      try {
        content.ifPresent(this::encode);
      } catch (RuntimeException | Error e) {
        LOG.error("content of a dump cannot be sent", e);
        fail(GrpcErrors.noAnswer(e));
      }
      send();
    }
  }

  private void encode(CacheSnapshot content) {
    IndexedTarget target = ingest.target(content.target());
    if (target != null) {
      SnapshotParts.write(content, target.blockSize(), parts::add);
    }
  }

  private synchronized void fail(StatusRuntimeException failure) {
    if (!ended) {
      end();
      call.onError(failure);
    }
  }

  /** Nothing more is sent: all was, it failed, or the caller has gone. */
  private synchronized void end() {
    ended = true;
    parts.clear();
    dump.close();
    if (asked != null) {
      asked.cancel(false);
    }
  }
}
