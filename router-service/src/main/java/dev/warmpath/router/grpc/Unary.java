package dev.warmpath.router.grpc;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** One request, one answer or one error. Stateless; any thread. */
final class Unary {
  private Unary() {}

  /** Makes the answer; throws a {@link StatusRuntimeException} to refuse. */
  @FunctionalInterface
  interface Answer<T> {
    T get() throws InvalidFieldException;
  }

  /**
   * Answers a call on the calling thread.
   *
   * @param invalidField hears of the field for which a request is refused
   */
  static <T> void answer(StreamObserver<T> reply, Consumer<String> invalidField, Answer<T> answer) {
    T message;
    try {
      message = answer.get();
    } catch (InvalidFieldException e) {
      invalidField.accept(e.field());
      reply.onError(GrpcErrors.invalid(e));
      return;
    } catch (StatusRuntimeException e) {
      reply.onError(e);
      return;
    }
    reply.onNext(message);
    reply.onCompleted();
  }
}
