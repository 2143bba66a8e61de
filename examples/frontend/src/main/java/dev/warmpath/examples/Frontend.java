package dev.warmpath.examples;

import com.google.protobuf.ByteString;
import dev.warmpath.v1.Failed;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.GenerateReply;
import dev.warmpath.v1.GenerateRequest;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.SimulatedWorkerGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A frontend in three steps: ask the router where a prompt goes, send it there, tell the router how
 * it gets on. The workers are those of {@code warmpath worker-sim}; where {@link #generate} calls
 * one, a real frontend calls its engine.
 */
final class Frontend {
  private static final int PROMPT_TOKENS = 4_096;
  private static final int OUTPUT_TOKENS = 128;

  private final RouterGrpc.RouterBlockingStub router;

  private Frontend(ManagedChannel router) {
    this.router = RouterGrpc.newBlockingStub(router);
  }

  /**
   * Sends one prompt, the same each time.
   *
   * @param args the router's host, its port and the model
   */
  public static void main(String[] args) {
    if (args.length != 3) {
      System.err.println("usage: frontend HOST PORT MODEL");
      System.exit(2);
    }
    ManagedChannel channel = connect(args[0] + ":" + args[1]);
    try {
      new Frontend(channel).send(args[2], prompt());
    } catch (StatusRuntimeException e) {
      System.err.println("frontend: " + e.getMessage());
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }

  private void send(String model, ByteString prompt) {
    RouteReply route =
        router
            .withDeadlineAfter(1, TimeUnit.SECONDS)
            .route(RouteRequest.newBuilder().setModel(model).setTokenIds(prompt).build());
    System.out.println(route.getReason());
    LifecycleReport.Builder report =
        LifecycleReport.newBuilder().setBookingId(route.getBookingId());
    ManagedChannel worker = connect(route.getTarget().getAddress());
    try {
      generate(worker, route.getTarget().getRank(), prompt, report);
    } catch (StatusRuntimeException e) {
      tell(report.setFailed(Failed.newBuilder().setReason(e.getStatus().getCode().name())));
      throw e;
    } finally {
      worker.shutdownNow();
    }
  }

  private void generate(
      ManagedChannel worker, int rank, ByteString prompt, LifecycleReport.Builder report) {
    Iterator<GenerateReply> replies =
        SimulatedWorkerGrpc.newBlockingStub(worker)
            .withDeadlineAfter(1, TimeUnit.MINUTES)
            .generate(
                GenerateRequest.newBuilder()
                    .setRank(rank)
                    .setTokenIds(prompt)
                    .setOutputTokens(OUTPUT_TOKENS)
                    .build());
    long startNanos = System.nanoTime();
    GenerateReply first = replies.next();
    double ttftMs = (System.nanoTime() - startNanos) / 1e6;
    System.out.printf(
        "first token after %.0f ms, %d of %d prompt tokens cached%n",
        ttftMs, first.getCachedTokens(), PROMPT_TOKENS);
    tell(report.setFirstToken(FirstToken.newBuilder().setTtftMs(ttftMs)));
    while (replies.hasNext()) {
      int tokens = replies.next().getOutputTokens();
      tell(report.setProgress(Progress.newBuilder().setOutputTokens(tokens)));
    }
    tell(report.setFinished(Finished.newBuilder().setOutputTokens(OUTPUT_TOKENS)));
    System.out.printf("finished after %d tokens%n", OUTPUT_TOKENS);
  }

  /** A busy frontend tells all of its requests on one {@code Track} stream instead. */
  private void tell(LifecycleReport.Builder report) {
    var _ = router.withDeadlineAfter(1, TimeUnit.SECONDS).report(report.build());
  }

  /** A prompt as the router wants it: int32, little-endian. */
  private static ByteString prompt() {
    ByteBuffer bytes =
        ByteBuffer.allocate(PROMPT_TOKENS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, PROMPT_TOKENS).forEach(bytes::putInt);
    return ByteString.copyFrom(bytes.flip());
  }

  private static ManagedChannel connect(String address) {
    return NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }
}
