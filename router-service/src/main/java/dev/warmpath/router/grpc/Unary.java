package dev.warmpath.router.grpc;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request, one answer or one error. Stateless; any thread. */
final class Unary {
  private Unary() {}

  /**
   * Makes the answer; throws a {@link StatusRuntimeException} to refuse, returns null to leave the
   * call open.
   */
  @FunctionalInterface
  interface Answer<T> {
    @Nullable T get() throws InvalidFieldException;
  }

  /**
   * Answers a call on the calling thread.
   *
   * @param invalidField hears of the field for which a request is refused
   * @return false when the call was left open
   */
  static <T> boolean answer(
      StreamObserver<T> reply, Consumer<String> invalidField, Answer<T> answer) {
    @Nullable T message;
    try {
      message = answer.get();
    } catch (InvalidFieldException e) {
      invalidField.accept(e.field());
      reply.onError(GrpcErrors.invalid(e));
      return true;
    } catch (StatusRuntimeException e) {
      reply.onError(e);
      return true;
    }
    if (message == null) {
      return false;
    }
    reply.onNext(message);
    reply.onCompleted();
    return true;
  }
}
