package dev.warmpath.router.workersim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.router.replay.Prompt;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptTokensTest {
  private static final int BLOCK_SIZE = 16;
  private static final int BLOCK_BYTES = BLOCK_SIZE * Integer.BYTES;

  @Test
  void equalBlocksAreEqualTokensAndOthersAreNot() {
    ByteString first = PromptTokens.of(new Prompt(48, new long[] {1, 2, 3}), BLOCK_SIZE);
    ByteString second = PromptTokens.of(new Prompt(64, new long[] {1, 2, 4, 3}), BLOCK_SIZE);

    assertThat(first.size()).isEqualTo(3 * BLOCK_BYTES);
    assertThat(second.substring(0, 2 * BLOCK_BYTES)).isEqualTo(first.substring(0, 2 * BLOCK_BYTES));
    assertThat(block(second, 2)).isNotEqualTo(block(first, 2));
    assertThat(block(second, 3)).isEqualTo(block(first, 2));
    assertThat(block(first, 0)).isNotEqualTo(block(first, 1));
  }

  @Test
  void aPartialLastBlockIsTheBeginningOfItsBlock() {
    ByteString whole = PromptTokens.of(new Prompt(32, new long[] {1, 2}), BLOCK_SIZE);
    ByteString partial = PromptTokens.of(new Prompt(19, new long[] {1, 2}), BLOCK_SIZE);

    assertThat(partial).isEqualTo(whole.substring(0, 19 * Integer.BYTES));
  }

  @Test
  void noTokenIsNegative() {
    ByteString tokens = PromptTokens.of(new Prompt(4_096, new long[] {-1}), 4_096);
    int[] ids = new int[4_096];
    tokens.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(ids);

    assertThat(Arrays.stream(ids).min().orElseThrow()).isNotNegative();
    assertThat(Arrays.stream(ids).distinct().count()).isGreaterThan(4_000);
  }

  @Test
  void theBlocksAnEngineFindsAreSharedAsFarAsTheTraceSays() {
    long[] first = hashes(new Prompt(64, new long[] {1, 2, 3, 4}));
    long[] second = hashes(new Prompt(64, new long[] {1, 2, 3, 5}));

    assertThat(Arrays.mismatch(first, second)).isEqualTo(3);
  }

  private static long[] hashes(Prompt prompt) {
    byte[] tokens = PromptTokens.of(prompt, BLOCK_SIZE).toByteArray();
    long[] hashes = new long[prompt.blocks()];
    new BlockHasher(BLOCK_SIZE, false).localHashes(tokens, BlockSeed.BASE, hashes);
    return hashes;
  }

  private static ByteString block(ByteString tokens, int block) {
    return tokens.substring(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
  }
}
