package dev.warmpath.router.grpc;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.SnapshotParts;
import dev.warmpath.v1.ResyncPart;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a dump, as fast as the caller takes them. Encoding takes milliseconds for a large
 * cache, so it runs on virtual threads and not on the transport's; the monitor keeps them apart.
 */
final class DumpStream {
  /** How long the owner of the index may take to say what all targets hold. */
  private static final long ANSWER_SECONDS = 60;

  private final Ingest ingest;
  private final ServerCallStreamObserver<ResyncPart> call;
  private final Deque<CacheSnapshot> snapshots = new ArrayDeque<>();
  private final Deque<ResyncPart> parts = new ArrayDeque<>();
  private boolean collected;
  private boolean ended;

  private DumpStream(Ingest ingest, ServerCallStreamObserver<ResyncPart> call) {
    this.ingest = ingest;
    this.call = call;
  }

  /**
   * Answers a call with what the index holds.
   *
   * @param workerId only this worker; empty for all
   */
  static void start(Ingest ingest, String workerId, ServerCallStreamObserver<ResyncPart> call) {
    DumpStream stream = new DumpStream(ingest, call);
    CompletableFuture<List<CacheSnapshot>> asked = ingest.dump(workerId);
    call.setOnCancelHandler(() -> Thread.startVirtualThread(() -> stream.endAsking(asked)));
    call.setOnReadyHandler(() -> Thread.startVirtualThread(stream::send));
    var _ =
        asked
            .orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .handleAsync(
                (snapshots, failure) -> {
                  if (failure == null) {
                    stream.collected(snapshots);
                  } else {
                    stream.fail(failure);
                  }
                  return null;
                },
                Thread::startVirtualThread);
  }

  private synchronized void collected(List<CacheSnapshot> content) {
    if (!ended) {
      snapshots.addAll(content);
      collected = true;
      send();
    }
  }

  private synchronized void send() {
    while (collected && !ended && call.isReady()) {
      ResyncPart part = next();
      if (part == null) {
        end();
        call.onCompleted();
      } else {
        call.onNext(part);
      }
    }
  }

  private @Nullable ResyncPart next() {
    while (parts.isEmpty() && !snapshots.isEmpty()) {
      CacheSnapshot snapshot = snapshots.remove();
      IndexedTarget target = ingest.target(snapshot.target());
      if (target != null) {
        SnapshotParts.write(snapshot, target.blockSize(), parts::add);
      }
    }
    return parts.poll();
  }

  private synchronized void fail(Throwable failure) {
    if (!ended) {
      end();
      call.onError(GrpcErrors.noAnswer(failure));
    }
  }

  /** The caller has gone. */
  private void endAsking(CompletableFuture<List<CacheSnapshot>> asked) {
    end();
    asked.cancel(false);
  }

  private synchronized void end() {
    ended = true;
    snapshots.clear();
    parts.clear();
  }
}
