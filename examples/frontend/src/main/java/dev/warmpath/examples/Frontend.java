package dev.warmpath.examples;

import com.google.protobuf.ByteString;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.TrackReply;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A frontend in three calls: ask where a prompt goes, say how it gets on, say that it is done. */
final class Frontend {
  private Frontend() {}

  /**
   * Routes one prompt of 4,096 tokens.
   *
   * @param args the router's host, its port and the model
   */
  public static void main(String[] args) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(args[0], Integer.parseInt(args[1])).usePlaintext().build();
    RouteReply route =
        RouterGrpc.newBlockingStub(channel)
            .withDeadlineAfter(1, TimeUnit.SECONDS)
            .route(RouteRequest.newBuilder().setModel(args[2]).setTokenIds(prompt(4096)).build());
    System.out.printf(
        "send it to %s, rank %d: %s%n",
        route.getTarget().getAddress(), route.getTarget().getRank(), route.getReason());

    CompletableFuture<TrackReply> done = new CompletableFuture<>();
    StreamObserver<LifecycleReport> track = RouterGrpc.newStub(channel).track(completing(done));
    LifecycleReport.Builder report =
        LifecycleReport.newBuilder().setBookingId(route.getBookingId());
    track.onNext(report.setFirstToken(FirstToken.getDefaultInstance()).build());
    for (int tokens = 32; tokens < 128; tokens += 32) {
      track.onNext(report.setProgress(Progress.newBuilder().setOutputTokens(tokens)).build());
    }
    track.onNext(report.setFinished(Finished.newBuilder().setOutputTokens(128)).build());
    track.onCompleted();
    System.out.printf("%d reports applied%n", done.get(5, TimeUnit.SECONDS).getApplied());
    channel.shutdownNow();
  }

  /** A prompt as the router wants it: int32, little-endian. */
  private static ByteString prompt(int tokens) {
    ByteBuffer bytes = ByteBuffer.allocate(tokens * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, tokens).forEach(bytes::putInt);
    return ByteString.copyFrom(bytes.flip());
  }

  private static StreamObserver<TrackReply> completing(CompletableFuture<TrackReply> done) {
    return new StreamObserver<>() {
      @Override
      public void onNext(TrackReply reply) {
        done.complete(reply);
      }

      @Override
      public void onError(Throwable error) {
        done.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {}
    };
  }
}
