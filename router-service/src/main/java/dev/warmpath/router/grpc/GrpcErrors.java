package dev.warmpath.router.grpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.warmpath.indexer.ingest.TooManyQuestionsException;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/** Refusals as gRPC errors, each with a machine-readable reason. Stateless; any thread. */
final class GrpcErrors {
  private static final String DOMAIN = "warmpath.dev";
  private static final int MODELS_LISTED = 20;

  private GrpcErrors() {}

  static StatusRuntimeException invalid(InvalidFieldException e) {
    return error(
        Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        String.valueOf(e.getMessage()),
        Map.of("field", e.field(), "value", e.value()));
  }

  static StatusRuntimeException unknownModel(String model, Collection<String> known) {
    String names =
        known.stream()
            .sorted()
            .limit(MODELS_LISTED)
            .map(name -> "'" + name + "'")
            .collect(Collectors.joining(", "));
    int more = known.size() - MODELS_LISTED;
    return error(
        Code.NOT_FOUND,
        "UNKNOWN_MODEL",
        "no worker serves model '%s'; served: %s%s"
            .formatted(
                model, names.isEmpty() ? "none" : names, more > 0 ? " and " + more + " more" : ""),
        Map.of("model", model));
  }

  static StatusRuntimeException noTarget(String model) {
    return error(
        Code.UNAVAILABLE,
        "NO_TARGET",
        "model '%s' has no target that can take a request".formatted(model),
        Map.of("model", model));
  }

  static StatusRuntimeException allExcluded(String model, AllExcluded all) {
    Map<String, String> metadata = new HashMap<>();
    metadata.put("model", model);
    metadata.put("role", all.role().name().toLowerCase(Locale.ROOT));
    all.counts()
        .forEach((filter, count) ->
            metadata.merge(
                filter.filterName(),
                Integer.toString(count),
                (one, other) -> Integer.toString(Integer.parseInt(one) + Integer.parseInt(other))));
    return error(
        all.isOverload() ? Code.RESOURCE_EXHAUSTED : Code.UNAVAILABLE,
        all.isOverload() ? "OVERLOADED" : "ALL_EXCLUDED",
        "no %s target left for model '%s': %s"
            .formatted(metadata.get("role"), model, all.describe()),
        metadata);
  }

  static StatusRuntimeException queueFull(String model) {
    return error(
        Code.RESOURCE_EXHAUSTED,
        "QUEUE_FULL",
        "every target of model '%s' is beyond its limits, and as many requests wait as may"
            .formatted(model),
        Map.of("model", model));
  }

  static StatusRuntimeException waitedTooLong(String model, long waitedMillis) {
    return error(
        Code.RESOURCE_EXHAUSTED,
        "WAITED_TOO_LONG",
        "every target of model '%s' stayed beyond its limits for %d ms"
            .formatted(model, waitedMillis),
        Map.of("model", model, "waited_ms", Long.toString(waitedMillis)));
  }

  static StatusRuntimeException tooManyBookings(long open) {
    return error(
        Code.RESOURCE_EXHAUSTED,
        "TOO_MANY_BOOKINGS",
        "%d bookings are open: report requests as finished, or raise the limit".formatted(open),
        Map.of("open", Long.toString(open)));
  }

  static StatusRuntimeException notRead() {
    return error(
        Code.DEADLINE_EXCEEDED,
        "NOT_READ",
        "nothing of the dump was read for more than %d s"
            .formatted(DumpStream.READ_WITHIN.toSeconds()),
        Map.of());
  }

  /** Why the index did not answer a question. */
  static StatusRuntimeException noAnswer(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof TooManyQuestionsException
        ? error(
            Code.RESOURCE_EXHAUSTED,
            "TOO_MANY_QUESTIONS",
            String.valueOf(cause.getMessage()),
            Map.of())
        : error(Code.INTERNAL, "NO_ANSWER", "the index did not answer: " + cause, Map.of());
  }

  private static StatusRuntimeException error(
      Code code, String reason, String message, Map<String, String> metadata) {
    ErrorInfo info =
        ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(reason).putAllMetadata(metadata).build();
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(Any.pack(info))
            .build());
  }
}
