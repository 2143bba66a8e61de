package dev.warmpath.router.workersim;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.v1.GenerateReply;
import dev.warmpath.v1.GenerateRequest;
import dev.warmpath.v1.SimulatedWorkerGrpc.SimulatedWorkerImplBase;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** Serves one simulated engine over gRPC. */
public final class SimulatedWorkerService extends SimulatedWorkerImplBase {
  private final SimulatedEngine engine;
  private final BlockHasher hasher;
  private final EngineClock clock;
  private final Runnable wake;

  /**
   * @param wake called after each submission
   */
  public SimulatedWorkerService(
      SimulatedEngine engine, BlockHasher hasher, EngineClock clock, Runnable wake) {
    this.engine = engine;
    this.hasher = hasher;
    this.clock = clock;
    this.wake = wake;
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateReply> replies) {
    String fault = faultOf(request);
    if (fault != null) {
      replies.onError(Status.INVALID_ARGUMENT.withDescription(fault).asRuntimeException());
      return;
    }
    var call = (ServerCallStreamObserver<GenerateReply>) replies;
    call.setOnCancelHandler(() -> {});
    engine.submit(
        request.getRank(),
        prompt(request),
        request.getOutputTokens(),
        new Answer(call),
        clock.nowNanos());
    wake.run();
  }

  private @Nullable String faultOf(GenerateRequest request) {
    int bytes = request.getTokenIds().size();
    if (bytes == 0 || bytes % BlockHasher.TOKEN_BYTES != 0) {
      return "token_ids must be a positive multiple of 4 bytes: " + bytes;
    }
    if (request.getRank() < 0 || request.getRank() >= engine.ranks()) {
      return "rank must be below %d: %s"
          .formatted(engine.ranks(), Integer.toUnsignedString(request.getRank()));
    }
    if (request.getOutputTokens() < 1) {
      return "output_tokens must be at least 1: "
          + Integer.toUnsignedString(request.getOutputTokens());
    }
    return null;
  }

  private Prompt prompt(GenerateRequest request) {
    byte[] tokens = request.getTokenIds().toByteArray();
    int count = tokens.length / BlockHasher.TOKEN_BYTES;
    long[] localHashes = new long[hasher.blockCount(count)];
    hasher.localHashes(
        tokens, BlockSeed.of(request.getLoraName(), request.getCacheSalt()), localHashes);
    return new Prompt(count, localHashes);
  }

  /** Passes on to the caller what the engine tells; nothing after the caller has gone. */
  private record Answer(ServerCallStreamObserver<GenerateReply> call) implements Generation {
    @Override
    public void firstToken(int cachedTokens) {
      send(GenerateReply.newBuilder().setOutputTokens(1).setCachedTokens(cachedTokens));
    }

    @Override
    public void progress(int outputTokens) {
      send(GenerateReply.newBuilder().setOutputTokens(outputTokens));
    }

    @Override
    public void finished(int outputTokens) {
      send(GenerateReply.newBuilder().setOutputTokens(outputTokens).setFinished(true));
      if (!call.isCancelled()) {
        call.onCompleted();
      }
    }

    private void send(GenerateReply.Builder reply) {
      if (!call.isCancelled()) {
        call.onNext(reply.build());
      }
    }
  }
}
