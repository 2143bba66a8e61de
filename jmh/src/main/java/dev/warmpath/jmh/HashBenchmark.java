package dev.warmpath.jmh;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time to hash one prompt of 16,384 tokens. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HashBenchmark {
  private static final int TOKENS = 16_384;
  private static final int FOUR_BLOCK_SIZE = 16;
  private static final Hasher64 LIBRARY = Hashing.xxh3_64(BlockSeed.BASE);

  /** Tokens in a block. */
  @Param({"16", "64"})
  public int blockSize;

  private final byte[] tokenBytes = new byte[TOKENS * BlockHasher.TOKEN_BYTES];
  private final List<Integer> tokenList = new ArrayList<>();
  private long[] hashes = {};
  private final long[] fourHashes = new long[TOKENS / FOUR_BLOCK_SIZE];
  private BlockHasher hasher = new BlockHasher(1, false);
  private final FourXxh3 four = new FourXxh3(BlockSeed.BASE);

  /** Makes the prompt. */
  @Setup
  public void prompt() {
    Random random = new Random(1);
    ByteBuffer bytes = ByteBuffer.wrap(tokenBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < TOKENS; i++) {
      int token = random.nextInt(128_000);
      bytes.putInt(token);
      tokenList.add(token);
    }
    hasher = new BlockHasher(blockSize, false);
    hashes = new long[hasher.blockCount(TOKENS)];
    checkFour();
  }

  private void checkFour() {
    int blocks = TOKENS / FOUR_BLOCK_SIZE;
    long[] expected = new long[blocks];
    new BlockHasher(FOUR_BLOCK_SIZE, false).localHashes(tokenBytes, BlockSeed.BASE, expected);
    four.hashFourAtATime(tokenBytes, blocks, fourHashes);
    if (!Arrays.equals(expected, fourHashes)) {
      throw new IllegalStateException("four at a time: other hashes");
    }
  }

  /** What a request costs: bytes as they come off the wire, into a reused array. */
  @Benchmark
  public long[] localHashes() {
    hasher.localHashes(tokenBytes, BlockSeed.BASE, hashes);
    return hashes;
  }

  /** The same with a LoRA adapter, whose seed has no hasher ready. */
  @Benchmark
  public long[] localHashesWithLora() {
    hasher.localHashes(tokenBytes, BlockSeed.of("adapter", ""), hashes);
    return hashes;
  }

  /** Local hashes and their chain, for who needs both. */
  @Benchmark
  public long[] localAndSequenceHashes() {
    hasher.localHashes(tokenBytes, BlockSeed.BASE, hashes);
    BlockHasher.sequenceHashes(hashes, hashes.length, hashes);
    return hashes;
  }

  /** Alternative: the library for every length, block by block. */
  @Benchmark
  public long[] library() {
    int blockBytes = blockSize * BlockHasher.TOKEN_BYTES;
    for (int block = 0; block < hashes.length; block++) {
      hashes[block] = LIBRARY.hashBytesToLong(tokenBytes, block * blockBytes, blockBytes);
    }
    return hashes;
  }

  /** Alternative, blocks of 16 whatever the parameter says: four blocks interleaved. */
  @Benchmark
  public long[] fourAtATime16() {
    four.hashFourAtATime(tokenBytes, fourHashes.length, fourHashes);
    return fourHashes;
  }

  /** Baseline: a list of tokens, as a repeated field arrives, each block copied to bytes. */
  @Benchmark
  public List<Long> baselineTokenList() {
    List<Long> out = new ArrayList<>();
    for (int from = 0; from + blockSize <= TOKENS; from += blockSize) {
      ByteBuffer block =
          ByteBuffer.allocate(blockSize * BlockHasher.TOKEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      tokenList.subList(from, from + blockSize).forEach(block::putInt);
      out.add(Hashing.xxh3_64(BlockSeed.BASE).hashBytesToLong(block.array()));
    }
    return out;
  }
}
