package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.v1.GetFleetRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcServerTest {
  private LiveRouter live;

  @BeforeEach
  void start() throws Exception {
    live = new LiveRouter(10, worker("w1"));
  }

  @AfterEach
  void stop() throws Exception {
    live.close();
  }

  @Test
  void healthFollowsWhatTheApplicationSays() {
    assertThat(health("")).isEqualTo(ServingStatus.NOT_SERVING);
    live.server.setServing(true);
    assertThat(health("")).isEqualTo(ServingStatus.SERVING);
    assertThat(health("warmpath.v1.Router")).isEqualTo(ServingStatus.SERVING);
    live.server.setServing(false);
    assertThat(health("warmpath.v1.Router")).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void reflectionListsTheServices() throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> ask =
        ServerReflectionGrpc.newStub(live.channel).serverReflectionInfo(new First(answer));
    ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

    assertThat(
            answer.get(10, TimeUnit.SECONDS).getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName))
        .contains("warmpath.v1.Router", "grpc.health.v1.Health");
    ask.onCompleted();
  }

  @Test
  void aPortThatIsTakenIsNamedInOneSentence() {
    int port = live.server.port();
    assertThatThrownBy(() -> GrpcServer.start("127.0.0.1", port, List.of(), Duration.ZERO))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot listen on 127.0.0.1:" + port + ": Address already in use");
  }

  @Test
  void aHostThatDoesNotExistIsNamed() {
    assertThatThrownBy(() -> GrpcServer.start("no.such.host.invalid", 1, List.of(), Duration.ZERO))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot listen on no.such.host.invalid:1: unknown host");
  }

  @Test
  void closingCutsStreamsAfterTheGrace() {
    var watch =
        RouterGrpc.newBlockingStub(live.channel).watchFleet(GetFleetRequest.getDefaultInstance());
    assertThat(watch.next().getWorkersCount()).isOne();

    long start = System.nanoTime();
    live.server.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThatThrownBy(watch::next).isInstanceOf(StatusRuntimeException.class);
  }

  private ServingStatus health(String service) {
    return HealthGrpc.newBlockingStub(live.channel)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  private record First(CompletableFuture<ServerReflectionResponse> answer)
      implements StreamObserver<ServerReflectionResponse> {
    @Override
    public void onNext(ServerReflectionResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable t) {
      answer.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {}
  }
}
