package dev.warmpath.jmh.grpc;

import com.google.protobuf.BytesValue;
import com.google.protobuf.UnsafeByteOperations;
import dev.warmpath.jmh.FilledFleet;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** One connection to a {@link BenchServer}. */
final class GrpcCalls implements AutoCloseable {
  private final ManagedChannel channel;

  GrpcCalls(int port) {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
  }

  /** What a route request carries its prompt as. */
  enum Prompt {
    /** Block hashes. */
    HASHES,
    /** Token ids. */
    TOKENS;

    /** The request for one of the prompts. */
    RouteRequest request(int prompt, int blocks, boolean dryRun) {
      RouteRequest.Builder request =
          RouteRequest.newBuilder().setModel(FilledFleet.MODEL).setDryRun(dryRun);
      int tokens = blocks * FilledFleet.BLOCK_SIZE;
      return switch (this) {
        case HASHES ->
            request
                .setPromptTokens(tokens)
                .addAllBlockHashes(
                    LongStream.of(FilledFleet.hashes(prompt, blocks)).boxed().toList())
                .build();
        case TOKENS ->
            request
                .setTokenIds(UnsafeByteOperations.unsafeWrap(FilledFleet.tokens(prompt, tokens)))
                .build();
      };
    }
  }

  /** {@code Route} for one prompt after the other. */
  Calls route(Prompt kind, int blocks, boolean dryRun) {
    return calls(
        RouterGrpc.getRouteMethod(), prompts(prompt -> kind.request(prompt, blocks, dryRun)));
  }

  /** The echo of as many bytes as {@link #route} sends. */
  Calls echo(Prompt kind, int blocks) {
    return calls(
        EchoService.ECHO,
        prompts(prompt -> BytesValue.of(kind.request(prompt, blocks, false).toByteString())));
  }

  private static <T> List<T> prompts(IntFunction<T> request) {
    return IntStream.range(0, FilledFleet.PROMPTS).mapToObj(request).toList();
  }

  private <Q, A> Calls calls(MethodDescriptor<Q, A> method, List<Q> requests) {
    return (number, ended) ->
        ClientCalls.asyncUnaryCall(
            channel.newCall(method, CallOptions.DEFAULT),
            requests.get((int) (number % requests.size())),
            new Answer<>(ended));
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private record Answer<A>(Calls.Ended ended) implements StreamObserver<A> {
    @Override
    public void onNext(A answer) {}

    @Override
    public void onError(Throwable error) {
      ended.ended(false);
    }

    @Override
    public void onCompleted() {
      ended.ended(true);
    }
  }
}
