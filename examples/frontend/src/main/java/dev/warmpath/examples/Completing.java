package dev.warmpath.examples;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Hands a call's one answer, or its error, to a future. */
record Completing<T>(CompletableFuture<T> answer) implements StreamObserver<T> {
  @Override
  public void onNext(T reply) {
    answer.complete(reply);
  }

  @Override
  public void onError(Throwable error) {
    answer.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {}
}
