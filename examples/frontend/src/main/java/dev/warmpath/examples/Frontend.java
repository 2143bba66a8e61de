package dev.warmpath.examples;

import com.google.protobuf.ByteString;
import dev.warmpath.v1.Attached;
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
import dev.warmpath.v1.TrackReply;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A frontend in three steps: ask the router where a prompt goes, send it there, tell the router how
 * it gets on. The workers are those of {@code warmpath worker-sim}; where this calls one, a real
 * frontend calls its engine.
 */
final class Frontend {
  private static final int PROMPT_TOKENS = 4_096;
  private static final int OUTPUT_TOKENS = 128;
  private static final int MAX_PORT = 65_535;

  private Frontend() {}

  /**
   * Sends one prompt, the same each time.
   *
   * @param args the router's host, its port and the model
   */
  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      System.err.println("usage: frontend HOST PORT MODEL");
      System.exit(2);
    }
    if (!args[1].matches("[1-9]\\d{0,4}") || Integer.parseInt(args[1]) > MAX_PORT) {
      System.err.println("frontend: PORT must be 1 to " + MAX_PORT + ": " + args[1]);
      System.exit(2);
    }
    try {
      send(args);
    } catch (StatusRuntimeException e) {
      System.err.println("frontend: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void send(String[] args) throws Exception {
    ManagedChannel router = connect(args[0] + ":" + args[1]);
    ByteString prompt = prompt();
    RouteReply route =
        RouterGrpc.newBlockingStub(router)
            .withDeadlineAfter(1, TimeUnit.SECONDS)
            .route(RouteRequest.newBuilder().setModel(args[2]).setTokenIds(prompt).build());
    System.out.println(route.getReason());

    CompletableFuture<TrackReply> told = new CompletableFuture<>();
    StreamObserver<LifecycleReport> track =
        RouterGrpc.newStub(router).track(new Completing<>(told));
    LifecycleReport.Builder report =
        LifecycleReport.newBuilder().setBookingId(route.getBookingId());
    track.onNext(report.setAttached(Attached.getDefaultInstance()).build());
    ManagedChannel worker = connect(route.getTarget().getAddress());
    Iterator<GenerateReply> replies =
        SimulatedWorkerGrpc.newBlockingStub(worker)
            .withDeadlineAfter(1, TimeUnit.MINUTES)
            .generate(
                GenerateRequest.newBuilder()
                    .setRank(route.getTarget().getRank())
                    .setTokenIds(prompt)
                    .setOutputTokens(OUTPUT_TOKENS)
                    .build());
    System.out.printf(
        "%d of %d prompt tokens cached%n", replies.next().getCachedTokens(), PROMPT_TOKENS);
    track.onNext(report.setFirstToken(FirstToken.getDefaultInstance()).build());
    while (replies.hasNext()) {
      int tokens = replies.next().getOutputTokens();
      track.onNext(report.setProgress(Progress.newBuilder().setOutputTokens(tokens)).build());
    }
    track.onNext(report.setFinished(Finished.newBuilder().setOutputTokens(OUTPUT_TOKENS)).build());
    track.onCompleted();
    System.out.printf("finished; %d reports taken%n", told.get(5, TimeUnit.SECONDS).getApplied());
    worker.shutdownNow();
    router.shutdownNow();
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
