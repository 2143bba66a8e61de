package dev.warmpath.router.app;

import dev.warmpath.router.grpc.TransportError;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** A gRPC status as a person reads it. */
final class DescribedStatus {
  private DescribedStatus() {}

  /** The status's own words, or those of its root cause. */
  static String of(Status status) {
    @Nullable Throwable cause = status.getCause();
    if (cause != null && status.getCode() == Status.Code.UNAVAILABLE) {
      return TransportError.describe(cause);
    }
    String description = status.getDescription();
    return description == null ? "no further description" : description;
  }
}
