package dev.warmpath.router.grpc;

import dev.warmpath.indexer.ingest.MalformedEventException;
import dev.warmpath.indexer.ingest.WireIntake;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.PublishReply;
import io.grpc.stub.StreamObserver;

/**
 * The event batches of one publisher. What is refused is counted and told at the end; the other
 * batches are unharmed. One thread at a time, as gRPC calls it.
 */
final class PublishStream implements StreamObserver<KvEventBatch> {
  private final WireIntake intake;
  private final StreamObserver<PublishReply> reply;
  private final PublishReply.Builder outcome = PublishReply.newBuilder();

  PublishStream(WireIntake intake, StreamObserver<PublishReply> reply) {
    this.intake = intake;
    this.reply = reply;
  }

  @Override
  public void onNext(KvEventBatch batch) {
    try {
      switch (intake.take(batch)) {
        case TAKEN -> outcome.setAccepted(outcome.getAccepted() + 1);
        case UNKNOWN_TARGET -> refuse("no such target: " + name(batch));
        case INBOX_FULL -> refuse("the inbox is full; %s will be resynced".formatted(name(batch)));
      }
    } catch (MalformedEventException e) {
      refuse(String.valueOf(e.getMessage()));
    }
  }

  private static String name(KvEventBatch batch) {
    return batch.getWorkerId() + "/" + batch.getRank();
  }

  private void refuse(String why) {
    outcome.setRefused(outcome.getRefused() + 1).setLastError(why);
  }

  @Override
  public void onError(Throwable cancelled) {
    // What came before the cut is taken; nobody is left to be told.
  }

  @Override
  public void onCompleted() {
    reply.onNext(outcome.build());
    reply.onCompleted();
  }
}
