package dev.warmpath.indexer.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hashes that NVIDIA Dynamo's recipe gives, made with the reference XXH3 library. */
class BlockHasherTest {
  @Test
  void oneBlockIsItsOwnSequence() {
    assertHashes(
        hash(4, BlockSeed.BASE, 1, 2, 3, 4),
        new String[] {"14643705804678351452"},
        new String[] {"14643705804678351452"});
  }

  @Test
  void blocksOfTheBaseModel() {
    assertHashes(
        hash(4, BlockSeed.BASE, range(0, 16)),
        new String[] {
          "9143094415614847814",
          "12124091508212882195",
          "1088361764653601668",
          "16024980976528976948"
        },
        new String[] {
          "9143094415614847814",
          "9510318385840434533",
          "16998148715716822651",
          "16790386768269814709"
        });
  }

  @Test
  void partialLastBlockIsIgnored() {
    assertThat(hash(4, BlockSeed.BASE, range(0, 18)))
        .isEqualTo(hash(4, BlockSeed.BASE, range(0, 16)));
    assertThat(hash(4, BlockSeed.BASE, range(0, 3))).isEmpty();
    assertThat(hash(4, BlockSeed.BASE)).isEmpty();
  }

  @Test
  void loraMovesTheSeed() {
    long seed = BlockSeed.of("adapter-a", "");
    assertThat(Long.toUnsignedString(seed)).isEqualTo("8842669519798868182");
    assertHashes(
        hash(4, seed, range(0, 8)),
        new String[] {"6665157333201000639", "11721812545976571723"},
        new String[] {"6665157333201000639", "13351519314849170528"});
  }

  @Test
  void saltMovesTheSeed() {
    long seed = BlockSeed.of("", "tenant-1");
    assertThat(Long.toUnsignedString(seed)).isEqualTo("13131544620552358486");
    assertHashes(
        hash(4, seed, range(0, 8)),
        new String[] {"12244549381340615468", "4807547778491970129"},
        new String[] {"12244549381340615468", "15160839303068401591"});
  }

  @Test
  void loraAndSaltBothMoveTheSeed() {
    long seed = BlockSeed.of("adapter-a", "tenant-1");
    assertThat(Long.toUnsignedString(seed)).isEqualTo("3527470066641673715");
    assertHashes(
        hash(4, seed, range(0, 8)),
        new String[] {"8179681157150697024", "4629889221631444943"},
        new String[] {"8179681157150697024", "6122194807715674745"});
  }

  @Test
  void multimodalObjectsCountInTheirBlock() {
    assertHashes(
        hash(4, new MultimodalBlocks().add(1, 42).add(1, 7), range(0, 8)),
        new String[] {"9143094415614847814", "18185284876202389922"},
        new String[] {"9143094415614847814", "11519096649944091108"});
  }

  @Test
  void multimodalOrderDoesNotMatter() {
    MultimodalBlocks one = new MultimodalBlocks().add(0, -1L).add(0, 7).add(0, 42);
    MultimodalBlocks other = new MultimodalBlocks().add(0, 42).add(0, -1L).add(0, 7);
    assertThat(hash(4, one, range(0, 4))).isEqualTo(hash(4, other, range(0, 4)));
  }

  @Test
  void eagleWindowsOverlapByOneToken() {
    BlockHasher eagle = new BlockHasher(2, true);
    long[] local = new long[2];
    assertThat(eagle.localHashes(bytes(range(0, 6)), BlockSeed.BASE, local)).isEqualTo(2);
    assertHashes(
        local,
        new String[] {"11646242937812223497", "9948816348502404300"},
        new String[] {"11646242937812223497", "16579128339329071142"});
  }

  @Test
  void eagleNeedsOneTokenBeyondTheLastBlock() {
    BlockHasher eagle = new BlockHasher(2, true);
    assertThat(IntStream.range(0, 7).map(eagle::blockCount)).containsExactly(0, 0, 0, 1, 1, 2, 2);
  }

  @Test
  void tokensWithTheHighBitAreUnsigned() {
    assertHashes(
        hash(4, BlockSeed.BASE, (int) 4294967295L, 151643, (int) 2147483648L, 128000),
        new String[] {"11279150860820667719"},
        new String[] {"11279150860820667719"});
  }

  @Test
  void tokensOverTheWholeRange() {
    int[] tokens = IntStream.range(0, 256).map(i -> (int) (i * 2654435761L)).toArray();
    assertHashes(
        hash(64, BlockSeed.BASE, tokens),
        new String[] {
          "13815553331808045002", "8924245194481243652", "343925613416004191", "4259319546460751268"
        },
        new String[] {
          "13815553331808045002",
          "1967394252209867246",
          "5537563445456869008",
          "3465354673585023755"
        });
  }

  /** XXH3 changes its algorithm at 16, 128 and 240 bytes and at stripes of 1,024. */
  @ParameterizedTest
  @CsvSource({
    "1, 14426539925402682893, 132880511001376177, 12095906288214270103",
    "2, 10773075109927122010, 2662118915037317746, 5890102321129957602",
    "4, 14643705804678351452, 16777012769546811212, 4945711292740353085",
    "8, 4595599524572611415, 13881419948196121694, 2814905166946817737",
    "16, 16863443419780771464, 2287610619914608821, 12466389667045779788",
    "32, 6399025751206689338, 8774225238254794491, 5363944788349247025",
    "48, 11314537239321774180, 6684915516600079421, 11188967041309580616",
    "60, 66916212572691602, 13229885926335328075, 4358454107803877495",
    "61, 2825607085201376515, 13040036573545916688, 1873832291010688879",
    "64, 17732852320395450624, 16977986247603081716, 1050256074108617503",
    "128, 9108660569462882936, 9857817186083658409, 3567918185176555655",
    "256, 6483570558441252529, 4491991907239856085, 4746021824150214572",
    "512, 6136106876000258808, 16819303494643304344, 552576379766184042",
    "1024, 17925303763139147509, 5374452528647316548, 17668611314771625377"
  })
  void everyLengthRegime(int blockSize, String local0, String local1, String sequence1) {
    assertHashes(
        hash(blockSize, BlockSeed.BASE, range(1, 2 * blockSize + 1)),
        new String[] {local0, local1},
        new String[] {local0, sequence1});
  }

  @Test
  void sequenceHashesMayOverwriteTheLocalOnes() {
    long[] local = hash(4, BlockSeed.BASE, range(0, 16));
    long[] sequence = new long[4];
    BlockHasher.sequenceHashes(local, 4, sequence);
    BlockHasher.sequenceHashes(local, 4, local);
    assertThat(local).isEqualTo(sequence);
    BlockHasher.sequenceHashes(local, 0, new long[0]);
  }

  @Test
  void oneSequenceHashContinuesTheOneBeforeIt() {
    long[] local = hash(4, BlockSeed.BASE, range(0, 8));
    assertThat(BlockHasher.sequenceHash(local[0], local[1]))
        .isEqualTo(Long.parseUnsignedLong("9510318385840434533"));
  }

  @Test
  void bytesThatAreNoWholeTokensAreRefused() {
    assertThatThrownBy(
            () -> new BlockHasher(4, false).localHashes(new byte[17], BlockSeed.BASE, new long[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("17");
  }

  @Test
  void blockSizeZeroIsRefused() {
    assertThatThrownBy(() -> new BlockHasher(0, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
  }

  private static void assertHashes(long[] local, String[] wantLocal, String[] wantSequence) {
    long[] sequence = new long[local.length];
    BlockHasher.sequenceHashes(local, local.length, sequence);
    assertThat(unsigned(local)).containsExactly(wantLocal);
    assertThat(unsigned(sequence)).containsExactly(wantSequence);
  }

  private static String[] unsigned(long[] hashes) {
    return Arrays.stream(hashes).mapToObj(Long::toUnsignedString).toArray(String[]::new);
  }

  private static long[] hash(int blockSize, long seed, int... tokens) {
    BlockHasher hasher = new BlockHasher(blockSize, false);
    long[] out = new long[hasher.blockCount(tokens.length)];
    assertThat(hasher.localHashes(bytes(tokens), seed, out)).isEqualTo(out.length);
    return out;
  }

  private static long[] hash(int blockSize, MultimodalBlocks multimodal, int... tokens) {
    BlockHasher hasher = new BlockHasher(blockSize, false);
    long[] out = new long[hasher.blockCount(tokens.length)];
    hasher.localHashes(bytes(tokens), BlockSeed.BASE, multimodal, out);
    return out;
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  private static byte[] bytes(int... tokens) {
    ByteBuffer buffer =
        ByteBuffer.allocate(tokens.length * BlockHasher.TOKEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asIntBuffer().put(tokens);
    return buffer.array();
  }
}
