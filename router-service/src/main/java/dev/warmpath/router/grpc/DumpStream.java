package dev.warmpath.router.grpc;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.ingest.Dump;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.SnapshotParts;
import dev.warmpath.indexer.ingest.TooManyQuestionsException;
import dev.warmpath.v1.ResyncPart;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a dump, as fast as the caller takes them: a target's content is asked for when the
 * parts of the one before it are sent. Encoding takes milliseconds for a large cache, so it runs on
 * virtual threads and not on the transport's; the monitor keeps them apart.
 */
final class DumpStream {
  /** How long the owner of the index may take to say what a target holds. */
  private static final long ANSWER_SECONDS = 60;

  private final Ingest ingest;
  private final ServerCallStreamObserver<ResyncPart> call;
  private final Dump dump;
  private final Deque<ResyncPart> parts = new ArrayDeque<>();

  /** What was asked for and is not answered; null for nothing. */
  private @Nullable CompletableFuture<?> asked;

  private boolean ended;

  private DumpStream(Ingest ingest, ServerCallStreamObserver<ResyncPart> call, Dump dump) {
    this.ingest = ingest;
    this.call = call;
    this.dump = dump;
  }

  /**
   * Answers a call with what the index holds.
   *
   * @param workerId only this worker; empty for all
   */
  static void start(Ingest ingest, String workerId, ServerCallStreamObserver<ResyncPart> call) {
    Dump dump;
    try {
      dump = ingest.dump(workerId);
    } catch (TooManyQuestionsException e) {
      call.onError(GrpcErrors.noAnswer(e));
      return;
    }
    DumpStream stream = new DumpStream(ingest, call, dump);
    call.setOnCancelHandler(() -> Thread.startVirtualThread(stream::end));
    call.setOnReadyHandler(() -> Thread.startVirtualThread(stream::send));
  }

  private synchronized void send() {
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

  private void ask() {
    CompletableFuture<Optional<CacheSnapshot>> next = dump.next();
    asked = next;
    var _ =
        next.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .handleAsync(
                (content, failure) -> {
                  if (failure == null) {
                    answered(content);
                  } else {
                    fail(failure);
                  }
                  return null;
                },
                Thread::startVirtualThread);
  }

  private synchronized void answered(Optional<CacheSnapshot> content) {
    asked = null;
    if (!ended) {
      content.ifPresent(this::encode);
      send();
    }
  }

  private void encode(CacheSnapshot content) {
    IndexedTarget target = ingest.target(content.target());
    if (target != null) {
      SnapshotParts.write(content, target.blockSize(), parts::add);
    }
  }

  private synchronized void fail(Throwable failure) {
    if (!ended) {
      end();
      call.onError(GrpcErrors.noAnswer(failure));
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
