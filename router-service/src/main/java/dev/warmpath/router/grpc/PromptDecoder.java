package dev.warmpath.router.grpc;

import static dev.warmpath.indexer.block.BlockHasher.TOKEN_BYTES;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.block.MultimodalBlocks;
import dev.warmpath.v1.MatchRequest;
import dev.warmpath.v1.MultimodalObject;
import dev.warmpath.v1.RouteRequest;
import java.util.List;
import java.util.function.IntToLongFunction;

/** The prompt of a request, checked in full and hashed. Stateless; any thread. */
final class PromptDecoder {
  /** Most multimodal objects in a prompt. */
  static final int MAX_OBJECTS = 1_024;

  private PromptDecoder() {}

  static Prompt decode(RouteRequest request, BlockHasher hasher, Scratch scratch)
      throws InvalidFieldException {
    checkNames(request.getLoraName(), request.getCacheSalt());
    int promptTokens = Fields.checkTokens("prompt_tokens", request.getPromptTokens());
    ByteString tokenIds = request.getTokenIds();
    int hashes = request.getBlockHashesCount();
    if (hashes == 0 && (promptTokens == 0 || !tokenIds.isEmpty())) {
      int tokens = tokens(tokenIds);
      checkTokenCount(promptTokens, tokens);
      checkObjects(request.getMultimodalList(), tokens);
      long seed = BlockSeed.of(request.getLoraName(), request.getCacheSalt());
      return hashed(tokenIds, seed, request.getMultimodalList(), hasher, scratch);
    }
    checkEither(tokenIds);
    checkBlocks(hashes, promptTokens, hasher);
    checkObjects(request.getMultimodalList(), promptTokens);
    return given(hashes, request::getBlockHashes, promptTokens, scratch);
  }

  static Prompt decode(MatchRequest request, BlockHasher hasher, Scratch scratch)
      throws InvalidFieldException {
    checkNames(request.getLoraName(), request.getCacheSalt());
    ByteString tokenIds = request.getTokenIds();
    int hashes = request.getBlockHashesCount();
    if (hashes == 0) {
      checkObjects(request.getMultimodalList(), tokens(tokenIds));
      long seed = BlockSeed.of(request.getLoraName(), request.getCacheSalt());
      return hashed(tokenIds, seed, request.getMultimodalList(), hasher, scratch);
    }
    checkEither(tokenIds);
    checkBlocks(hashes, Fields.MAX_TOKENS, hasher);
    return given(hashes, request::getBlockHashes, hashes * hasher.blockSize(), scratch);
  }

  private static Prompt hashed(
      ByteString tokenIds,
      long seed,
      List<MultimodalObject> objects,
      BlockHasher hasher,
      Scratch scratch) {
    int tokens = tokenIds.size() / TOKEN_BYTES;
    long[] out = scratch.hashes(hasher.blockCount(tokens));
    MultimodalBlocks multimodal = MultimodalBlocks.NONE;
    if (!objects.isEmpty()) {
      multimodal = new MultimodalBlocks();
      for (MultimodalObject object : objects) {
        multimodal.addRange(
            object.getFirstToken(), object.getTokenCount(), hasher.blockSize(), object.getHash());
      }
    }
    int blocks = hasher.localHashes(TokenBytes.of(tokenIds), seed, multimodal, out);
    return new Prompt(out, blocks, tokens);
  }

  /** Asks for one hash after the other: a list of them would make an object of each. */
  private static Prompt given(
      int count, IntToLongFunction hash, int promptTokens, Scratch scratch) {
    long[] out = scratch.hashes(count);
    for (int i = 0; i < count; i++) {
      out[i] = hash.applyAsLong(i);
    }
    return new Prompt(out, count, promptTokens);
  }

  private static void checkNames(String loraName, String cacheSalt) throws InvalidFieldException {
    Fields.checkLength("lora_name", loraName, Fields.MAX_NAME_LENGTH);
    Fields.checkLength("cache_salt", cacheSalt, Fields.MAX_SALT_LENGTH);
  }

  private static int tokens(ByteString tokenIds) throws InvalidFieldException {
    int tokens = tokenIds.size() / TOKEN_BYTES;
    if (tokenIds.size() % TOKEN_BYTES != 0) {
      throw new InvalidFieldException(
          "token_ids", tokenIds.size() + " bytes", "must have 4 bytes a token, has");
    }
    if (tokens < 1 || tokens > Fields.MAX_TOKENS) {
      throw new InvalidFieldException(
          "token_ids",
          tokens + " tokens",
          "must have 1 to %d tokens unless block_hashes are given, has"
              .formatted(Fields.MAX_TOKENS));
    }
    return tokens;
  }

  private static void checkTokenCount(int promptTokens, int tokens) throws InvalidFieldException {
    if (promptTokens != 0 && promptTokens != tokens) {
      throw new InvalidFieldException(
          "prompt_tokens", promptTokens, "must be 0 or the %d of token_ids".formatted(tokens));
    }
  }

  private static void checkEither(ByteString tokenIds) throws InvalidFieldException {
    if (!tokenIds.isEmpty()) {
      throw new InvalidFieldException(
          "token_ids", tokenIds.size() + " bytes", "must be empty when block_hashes are given");
    }
  }

  private static void checkBlocks(int hashes, int promptTokens, BlockHasher hasher)
      throws InvalidFieldException {
    int blocks = hasher.blockCount(promptTokens);
    if (hashes > blocks) {
      throw new InvalidFieldException(
          "prompt_tokens",
          promptTokens,
          "must cover the %d block_hashes of %d tokens".formatted(hashes, hasher.blockSize()));
    }
    if (hashes == 0 && blocks > 0) {
      throw new InvalidFieldException(
          "block_hashes", "0", "must hold the prompt's %d whole blocks, holds".formatted(blocks));
    }
  }

  /*
   * Objects cannot overlap, so their tokens together are at most the prompt's. This bounds the
   * blocks that they touch, and with it the time that a request can take.
   */
  private static void checkObjects(List<MultimodalObject> objects, int promptTokens)
      throws InvalidFieldException {
    if (objects.size() > MAX_OBJECTS) {
      throw new InvalidFieldException(
          "multimodal", objects.size(), "must have %d objects at most".formatted(MAX_OBJECTS));
    }
    long together = 0;
    for (MultimodalObject object : objects) {
      long first = Integer.toUnsignedLong(object.getFirstToken());
      long count = Integer.toUnsignedLong(object.getTokenCount());
      together += count;
      if (count < 1 || first + count > promptTokens || together > promptTokens) {
        throw new InvalidFieldException(
            "multimodal",
            "%d tokens from token %d".formatted(count, first),
            "must lie inside the prompt's %d tokens without overlap".formatted(promptTokens));
      }
    }
  }
}
