package dev.warmpath.router.grpc;

import static java.util.Objects.requireNonNull;

import dev.warmpath.v1.RouteReply;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/** A call whose caller goes when the test says so. */
final class HeldCall extends ServerCallStreamObserver<RouteReply> {
  @Nullable RouteReply reply;
  @Nullable Throwable error;
  private @Nullable Runnable onCancel;

  /** The caller goes. */
  void cancel() {
    requireNonNull(onCancel).run();
  }

  boolean isAnswered() {
    return reply != null || error != null;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public void setCompression(String compression) {}

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {}

  @Override
  public void request(int count) {}

  @Override
  public void setMessageCompression(boolean enable) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void onNext(RouteReply message) {
    if (isAnswered()) {
      throw new IllegalStateException("answered twice");
    }
    reply = message;
  }

  @Override
  public void onError(Throwable t) {
    if (isAnswered()) {
      throw new IllegalStateException("answered twice", t);
    }
    error = t;
  }

  @Override
  public void onCompleted() {}
}
