package dev.warmpath.router.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.v1.LoadReportsGrpc;
import dev.warmpath.v1.ReportLoadReply;
import dev.warmpath.v1.WorkerLoad;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadReportsServiceTest {
  @Test
  void reportsAreHandedOnAndRefusalsAreToldAtTheEnd() throws Exception {
    List<String> heard = new ArrayList<>();
    LoadReportsService service =
        new LoadReportsService(load -> {
          heard.add(load.getWorkerId());
          return load.getWorkerId().equals("bad") ? "it is bad" : null;
        });
    try (GrpcServer server =
        GrpcServer.start("127.0.0.1", 0, List.of(service), Duration.ofMillis(200))) {
      ManagedChannel channel = LiveRouter.channel(server.port());
      CompletableFuture<ReportLoadReply> reply = new CompletableFuture<>();
      StreamObserver<WorkerLoad> stream =
          LoadReportsGrpc.newStub(channel).reportLoad(new Last<>(reply));
      for (String worker : List.of("a", "bad", "b")) {
        stream.onNext(WorkerLoad.newBuilder().setWorkerId(worker).build());
      }
      stream.onCompleted();

      assertThat(reply.get(10, TimeUnit.SECONDS))
          .isEqualTo(
              ReportLoadReply.newBuilder()
                  .setAccepted(2)
                  .setRefused(1)
                  .setLastError("it is bad")
                  .build());
      assertThat(heard).containsExactly("a", "bad", "b");
      channel.shutdownNow();
    }
  }

  private record Last<T>(CompletableFuture<T> value) implements StreamObserver<T> {
    @Override
    public void onNext(T message) {
      value.complete(message);
    }

    @Override
    public void onError(Throwable error) {
      value.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {}
  }
}
