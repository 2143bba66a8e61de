package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static dev.warmpath.router.grpc.LiveRouter.errorInfo;
import static dev.warmpath.router.grpc.LiveRouter.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.v1.Failed;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.MultimodalObject;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RefusalTest {
  private static LiveRouter live;

  @BeforeAll
  static void start() throws Exception {
    live = new LiveRouter(2, worker("w1"), worker("p", "half", 1));
    live.registry.put(worker("q", "half", Role.PREFILL, 16, 1, 1L, false, Map.of()));
    live.registry.remove("p");
  }

  @AfterAll
  static void stop() throws Exception {
    live.close();
  }

  static Stream<Arguments> invalidRequests() {
    String long257 = "x".repeat(257);
    return Stream.of(
        arguments("no model", tokens(16).setModel(""), "model", "''"),
        arguments("long model", tokens(16).setModel(long257), "model", "257"),
        arguments("no tokens", tokens(0), "token_ids", "0 tokens"),
        arguments(
            "half a token",
            tokens(0).setTokenIds(ByteString.copyFrom(new byte[7])),
            "token_ids",
            "7 bytes"),
        arguments("10 M tokens", tokens(10_000_000), "token_ids", "10000000 tokens"),
        arguments("other prompt_tokens", tokens(16).setPromptTokens(17), "prompt_tokens", "17"),
        arguments("negative length", tokens(16).setPromptTokens(-1), "prompt_tokens", "4294967295"),
        arguments(
            "both prompts",
            hashes(1, 16).setTokenIds(LiveRouter.tokens(16)),
            "token_ids",
            "64 bytes"),
        arguments("hashes without length", hashes(1, 0), "prompt_tokens", "0"),
        arguments("hashes beyond the prompt", hashes(2, 31), "prompt_tokens", "31"),
        arguments("hashes of too long a prompt", hashes(2, 4_194_305), "prompt_tokens", "4194305"),
        arguments("length without hashes", hashes(0, 16), "block_hashes", "0"),
        arguments("unknown policy", tokens(16).setPolicy("fastest"), "policy", "'fastest'"),
        arguments("long lora", tokens(16).setLoraName(long257), "lora_name", "257"),
        arguments("long salt", tokens(16).setCacheSalt("x".repeat(1_025)), "cache_salt", "1025"),
        arguments("long request id", tokens(16).setRequestId(long257), "request_id", "257"),
        arguments(
            "huge output",
            tokens(16).setExpectedOutputTokens(-5),
            "expected_output_tokens",
            "4294967291"),
        arguments("object beyond", object(10, 7), "multimodal", "7 tokens from token 10"),
        arguments("empty object", object(3, 0), "multimodal", "0 tokens from token 3"),
        arguments(
            "object overflows",
            object(-1, -1),
            "multimodal",
            "4294967295 tokens from token 4294967295"),
        arguments("object wraps", object(16, -16), "multimodal", "4294967280 tokens from token 16"),
        arguments(
            "objects overlap",
            object(0, 9).addMultimodal(MultimodalObject.newBuilder().setTokenCount(9)),
            "multimodal",
            "9 tokens from token 0"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidRequests")
  void anInvalidRequestIsRefusedByFieldAndValue(
      String what, RouteRequest.Builder request, String field, String value) {
    long invalidBefore = invalid(field);
    long openBefore = live.ledger.openBookings();
    StatusRuntimeException e = refusal(() -> stub().route(request.build()));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    ErrorInfo info = errorInfo(e);
    assertThat(info.getDomain()).isEqualTo("warmpath.dev");
    assertThat(info.getReason()).isEqualTo("INVALID_FIELD");
    assertThat(info.getMetadataMap()).containsEntry("field", field).containsEntry("value", value);
    assertThat(e.getStatus().getDescription()).startsWith(field).endsWith(": " + value);
    assertThat(invalid(field)).isEqualTo(invalidBefore + 1);
    assertNothingElseIsHarmed(openBefore);
  }

  static Stream<Arguments> invalidReports() {
    return Stream.of(
        arguments("no kind", report(), "kind"),
        arguments(
            "negative progress",
            report().setProgress(Progress.newBuilder().setOutputTokens(-1)),
            "progress.output_tokens"),
        arguments(
            "huge output",
            report().setFinished(Finished.newBuilder().setOutputTokens(4_194_305)),
            "finished.output_tokens"),
        arguments(
            "negative time",
            report().setFirstToken(FirstToken.newBuilder().setTtftMs(-0.5)),
            "first_token.ttft_ms"),
        arguments(
            "no number",
            report().setFirstToken(FirstToken.newBuilder().setTtftMs(Double.NaN)),
            "first_token.ttft_ms"),
        arguments(
            "endless time",
            report().setFirstToken(FirstToken.newBuilder().setTtftMs(Double.POSITIVE_INFINITY)),
            "first_token.ttft_ms"),
        arguments(
            "huge cached",
            report().setFirstToken(FirstToken.newBuilder().setCachedTokens(-1)),
            "first_token.cached_tokens"),
        arguments(
            "long reason",
            report().setFailed(Failed.newBuilder().setReason("x".repeat(257))),
            "failed.reason"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidReports")
  void anInvalidReportIsRefusedByField(String what, LifecycleReport.Builder report, String field) {
    long invalidBefore = invalid(field);
    long openBefore = live.ledger.openBookings();
    StatusRuntimeException e = refusal(() -> stub().report(report.build()));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(errorInfo(e).getMetadataMap()).containsEntry("field", field);
    assertThat(invalid(field)).isEqualTo(invalidBefore + 1);
    assertNothingElseIsHarmed(openBefore);
  }

  @Test
  void tenMillionTokensAreRefusedByNameAndTheNextRequestOfTheConnectionIsAnswered() {
    RouteRequest tenMillion = tokens(10_000_000).build();
    for (int i = 0; i < 3; i++) {
      StatusRuntimeException e = refusal(() -> stub().route(tenMillion));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(e.getStatus().getDescription())
          .startsWith("token_ids")
          .endsWith(": 10000000 tokens");
      assertThat(stub().route(dryRun()).getTarget().getWorkerId()).isEqualTo("w1");
    }
  }

  @Test
  void anUnknownModelIsNotFoundAndTheKnownOnesAreListed() {
    long unknownBefore = live.service.counters().unknownModels();
    long openBefore = live.ledger.openBookings();
    StatusRuntimeException e =
        refusal(() -> stub().route(request(16).toBuilder().setModel("gpt").build()));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(e.getStatus().getDescription()).contains("'gpt'").endsWith("served: 'half', 'm'");
    assertThat(errorInfo(e).getReason()).isEqualTo("UNKNOWN_MODEL");
    assertThat(errorInfo(e).getMetadataMap()).containsEntry("model", "gpt");
    assertThat(live.service.counters().unknownModels()).isEqualTo(unknownBefore + 1);
    assertNothingElseIsHarmed(openBefore);
  }

  @Test
  void aModelWithoutDecodeTargetsIsUnavailable() {
    StatusRuntimeException e =
        refusal(() -> stub().route(request(16).toBuilder().setModel("half").build()));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(errorInfo(e).getReason()).isEqualTo("NO_TARGET");
  }

  @Test
  void tooManyBookingsAreShed() {
    stub().route(request(16));
    stub().route(request(16));
    StatusRuntimeException e = refusal(() -> stub().route(request(16)));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(e.getStatus().getDescription()).startsWith("2 bookings are open");
    assertThat(errorInfo(e).getReason()).isEqualTo("TOO_MANY_BOOKINGS");
  }

  @Test
  void aMessageThatIsTooLongForTheTransportIsRefusedAndTheServerLivesOn() {
    RouteRequest huge =
        RouteRequest.newBuilder()
            .setModel("m")
            .setTokenIds(ByteString.copyFrom(new byte[GrpcServer.MAX_MESSAGE_BYTES]))
            .build();
    StatusRuntimeException e = refusal(() -> stub().route(huge));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(stub().explain(request(16)).hasDecision()).isTrue();
  }

  private static long invalid(String field) {
    return live.service.counters().invalid().getOrDefault(field, 0L);
  }

  /** No booking was made or ended, and the same connection gets its next answer. */
  private static void assertNothingElseIsHarmed(long openBefore) {
    assertThat(live.ledger.openBookings()).isEqualTo(openBefore);
    assertThat(stub().route(dryRun()).getTarget().getWorkerId()).isEqualTo("w1");
  }

  private static RouteRequest dryRun() {
    return request(16).toBuilder().setDryRun(true).build();
  }

  private static RouterGrpc.RouterBlockingStub stub() {
    return RouterGrpc.newBlockingStub(live.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static StatusRuntimeException refusal(Runnable call) {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(e).isNotNull();
    return e;
  }

  private static RouteRequest.Builder tokens(int count) {
    return request(count).toBuilder();
  }

  private static RouteRequest.Builder hashes(int count, int promptTokens) {
    RouteRequest.Builder request =
        RouteRequest.newBuilder().setModel("m").setPromptTokens(promptTokens);
    for (int i = 0; i < count; i++) {
      request.addBlockHashes(i);
    }
    return request;
  }

  private static RouteRequest.Builder object(int first, int count) {
    return tokens(16)
        .addMultimodal(MultimodalObject.newBuilder().setFirstToken(first).setTokenCount(count));
  }

  private static LifecycleReport.Builder report() {
    return LifecycleReport.newBuilder().setBookingId(1);
  }
}
