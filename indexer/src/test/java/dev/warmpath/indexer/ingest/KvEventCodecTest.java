package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.block.MultimodalBlocks;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.v1.BlocksRemoved;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.MultimodalKeys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is accepted from the wire and what is not; each refusal names the field and the value. */
class KvEventCodecTest {
  private static final int BLOCK_SIZE = 4;
  private static final IndexedTarget TARGET =
      new IndexedTarget(0, new TargetId("worker", 2), "org/model", BLOCK_SIZE, false, 7);
  private static final IndexedTarget EAGLE =
      new IndexedTarget(0, new TargetId("worker", 2), "org/model", BLOCK_SIZE, true, 7);

  @Test
  void aBatchSurvivesTheWire() throws MalformedEventException {
    EventBatch batch =
        new EventBatch(
            "org/model",
            TARGET.id(),
            -7,
            41,
            List.of(
                KvEvent.Stored.root(new long[] {1, -2}, new long[] {3, -4}, Tier.DISK),
                KvEvent.Stored.after(-2, new long[] {5}, new long[] {6}, Tier.EXTERNAL),
                new KvEvent.Removed(new long[] {1, 5}, Tier.HOST),
                new KvEvent.Cleared()));
    EventBatch back =
        KvEventCodec.decode(
            KvEventCodec.parse(KvEventCodec.encode(batch, BLOCK_SIZE).toByteArray()), TARGET);

    assertThat(back).usingRecursiveComparison().isEqualTo(batch);
  }

  @Test
  void tokensAreHashedAsThePromptsAre() throws MalformedEventException {
    KvEvent.Stored stored = decoded(tokens(3, 12).setLoraName("lora").setCacheSalt("salt"), TARGET);
    long[] expected = new long[3];
    new BlockHasher(BLOCK_SIZE, false)
        .localHashes(tokenBytes(12), BlockSeed.of("lora", "salt"), expected);

    assertThat(stored.localHashes()).isEqualTo(expected);
  }

  @Test
  void eagleRunsCarryOneTokenMore() throws MalformedEventException {
    KvEvent.Stored stored = decoded(tokens(3, 13).setEagle(true), EAGLE);
    long[] expected = new long[3];
    new BlockHasher(BLOCK_SIZE, true).localHashes(tokenBytes(13), BlockSeed.BASE, expected);

    assertThat(stored.localHashes()).isEqualTo(expected);
  }

  @Test
  void multimodalObjectsCountInTheirBlock() throws MalformedEventException {
    KvEvent.Stored stored =
        decoded(
            tokens(2, 8)
                .addMultimodal(
                    MultimodalKeys.newBuilder()
                        .setBlockIndex(1)
                        .addObjectHashes(9)
                        .addObjectHashes(8)),
            TARGET);
    long[] expected = new long[2];
    new BlockHasher(BLOCK_SIZE, false)
        .localHashes(
            tokenBytes(8), BlockSeed.BASE, new MultimodalBlocks().add(1, 8).add(1, 9), expected);

    assertThat(stored.localHashes()).isEqualTo(expected);
  }

  @Test
  void anUnnamedTierIsTheDevice() throws MalformedEventException {
    assertThat(decoded(hashes(1, 1), TARGET).tier()).isEqualTo(Tier.DEVICE);
  }

  @Test
  void aTruncatedMessageIsRefused() {
    byte[] whole = batch(hashes(20, 20)).build().toByteArray();
    byte[] cut = Arrays.copyOf(whole, whole.length - 3);

    assertThatThrownBy(() -> KvEventCodec.parse(cut))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining("message of " + cut.length + " bytes is no KvEventBatch");
  }

  @Test
  void anOversizedMessageIsRefusedBeforeItIsParsed() {
    assertThatThrownBy(() -> KvEventCodec.parse(new byte[(8 << 20) + 1]))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("message has 8388609 bytes, the limit is 8388608");
  }

  @Test
  void randomBytesNeverRaiseAnythingElse() {
    Random random = new Random(17);
    byte[] valid = batch(tokens(5, 20).setLoraName("lora")).build().toByteArray();
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = round % 2 == 0 ? new byte[random.nextInt(200)] : valid.clone();
      if (round % 2 == 0) {
        random.nextBytes(bytes);
      } else {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        KvEventBatch batch = KvEventCodec.parse(bytes);
        KvEventCodec.target(batch);
        KvEventCodec.decode(batch, TARGET);
      } catch (MalformedEventException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
  }

  @Test
  void anEmptyModelIsRefused() {
    refused(batch().setModel(""), "model must have 1 to 256 characters: 0");
  }

  @Test
  void aLongModelIsRefused() {
    refused(batch().setModel("m".repeat(257)), "model must have 1 to 256 characters: 257");
  }

  @Test
  void anEmptyWorkerIdIsRefused() {
    refused(batch().setWorkerId(""), "worker_id must have 1 to 256 characters: 0");
  }

  @Test
  void aRankOutOfRangeIsRefused() {
    refused(batch().setRank(1_024), "rank must be below 1024: 1024");
    refused(batch().setRank(-1), "rank must be below 1024: 4294967295");
  }

  @Test
  void incarnationZeroIsRefused() {
    refused(batch().setIncarnation(0), "incarnation must not be 0");
  }

  @Test
  void anEventIdOutOfRangeIsRefused() {
    refused(batch().setFirstEventId(0), "first_event_id is out of range: 0");
    refused(batch().setFirstEventId(-1), "first_event_id is out of range: 18446744073709551615");
  }

  @Test
  void tooManyEventsAreRefused() {
    dev.warmpath.v1.KvEvent cleared = KvEventCodec.encode(new KvEvent.Cleared(), BLOCK_SIZE);
    refused(
        batch().addAllEvents(Collections.nCopies(4_097, cleared)),
        "events: 4097, the limit is 4096");
  }

  @Test
  void anEventWithoutAKindIsRefused() {
    refused(
        batch().addEvents(dev.warmpath.v1.KvEvent.getDefaultInstance()),
        "event has no kind that is known");
  }

  @Test
  void aRunWithoutBlocksIsRefused() {
    refused(batch(hashes(0, 0)), "block_hashes must be 1 to 65536: 0");
  }

  @Test
  void aRunWithTooManyBlocksIsRefused() {
    refused(batch(hashes(65_537, 1)), "block_hashes must be 1 to 65536: 65537");
  }

  @Test
  void aRemovalWithoutBlocksIsRefused() {
    refused(batch(BlocksRemoved.newBuilder()), "block_hashes must be 1 to 65536: 0");
  }

  @Test
  void aRemovalWithTooManyBlocksIsRefused() {
    refused(
        batch(BlocksRemoved.newBuilder().addAllBlockHashes(Collections.nCopies(65_537, 1L))),
        "block_hashes must be 1 to 65536: 65537");
  }

  @Test
  void anotherBlockSizeIsRefused() {
    refused(batch(hashes(1, 1).setBlockSize(8)), "block_size is 8, that of worker/2 is 4");
    refused(batch(hashes(1, 1).setBlockSize(0)), "block_size is 0, that of worker/2 is 4");
    refused(
        batch(hashes(1, 1).setBlockSize(-1)), "block_size is 4294967295, that of worker/2 is 4");
  }

  @Test
  void neitherTokensNorHashesIsRefused() {
    refused(
        batch(hashes(1, 0)),
        "exactly one of token_ids and local_hashes must be given: 0 bytes and 0 hashes");
  }

  @Test
  void bothTokensAndHashesAreRefused() {
    refused(
        batch(tokens(1, 4).addLocalHashes(1)),
        "exactly one of token_ids and local_hashes must be given: 16 bytes and 1 hashes");
  }

  @Test
  void aWrongNumberOfHashesIsRefused() {
    refused(batch(hashes(3, 2)), "local_hashes: 2 for 3 block_hashes");
  }

  @Test
  void aWrongNumberOfTokensIsRefused() {
    refused(batch(tokens(2, 7)), "token_ids has 28 bytes, 2 blocks of 4 tokens need 32");
  }

  @Test
  void aBrokenTokenIsRefused() {
    refused(
        batch(tokens(1, 4).setTokenIds(ByteString.copyFrom(new byte[15]))),
        "token_ids has 15 bytes, 1 blocks of 4 tokens need 16");
  }

  @Test
  void eagleThatTheTargetIsNotIsRefused() {
    refused(batch(tokens(2, 9).setEagle(true)), "eagle is true, that of worker/2 is false");
  }

  @Test
  void anUnknownTierIsRefused() {
    refused(batch(hashes(1, 1).setTierValue(9)), "tier is unknown: 9");
    refused(
        batch(BlocksRemoved.newBuilder().addBlockHashes(1).setTierValue(77)),
        "tier is unknown: 77");
  }

  @Test
  void multimodalKeysOutsideTheRunAreRefused() {
    refused(
        batch(tokens(1, 4).addMultimodal(MultimodalKeys.newBuilder().setBlockIndex(1))),
        "multimodal block_index is repeated or not below 1: 1");
  }

  @Test
  void multimodalKeysThatComeTwiceAreRefused() {
    MultimodalKeys keys = MultimodalKeys.newBuilder().addObjectHashes(1).build();
    refused(
        batch(tokens(1, 4).addMultimodal(keys).addMultimodal(keys)),
        "multimodal block_index is repeated or not below 1: 0");
  }

  @Test
  void moreMultimodalObjectsThanTokensAreRefused() {
    refused(
        batch(
            tokens(1, 4)
                .addMultimodal(
                    MultimodalKeys.newBuilder().addAllObjectHashes(Collections.nCopies(6, 1L)))),
        "multimodal object_hashes of block 0: 6, more than it has tokens");
  }

  @Test
  void tooManyMultimodalObjectsAreRefused() {
    refused(
        batch(
            tokens(1, 4)
                .addMultimodal(
                    MultimodalKeys.newBuilder()
                        .addAllObjectHashes(Collections.nCopies(1_025, 1L)))),
        "multimodal object_hashes of block 0: 1025, the limit is 1024");
  }

  @Test
  void eagleHashesOfATargetThatIsNotAreRefused() {
    refused(batch(hashes(2, 2).setEagle(true)), "eagle is true, that of worker/2 is false");
  }

  @Test
  void hashesOfAnEagleTargetNeedNotSayEagle() throws MalformedEventException {
    assertThat(decoded(hashes(2, 2), EAGLE).localHashes()).containsExactly(1, 2);
    assertThat(decoded(hashes(2, 2).setEagle(true), EAGLE).localHashes()).containsExactly(1, 2);
  }

  @Test
  void anIntakeCountsWhatItRefuses() throws MalformedEventException {
    Ingest ingest = new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, (_, _, _) -> true);
    WireIntake intake = new WireIntake(ingest);
    assertThat(intake.take(batch().build())).isEqualTo(WireIntake.Outcome.UNKNOWN_TARGET);
    ingest.join(TARGET);
    ingest.poll(0, 1);
    assertThat(intake.take(batch().build())).isEqualTo(WireIntake.Outcome.TAKEN);
    assertThatThrownBy(() -> intake.take(batch().setRank(-1).build()))
        .isInstanceOf(MalformedEventException.class);
    assertThatThrownBy(() -> intake.parse(new byte[9 << 20]))
        .isInstanceOf(MalformedEventException.class);

    assertThat(ingest.counters().unknownTargets()).isEqualTo(1);
    assertThat(ingest.counters().malformed()).isEqualTo(2);
    assertThat(ingest.counters().oversized()).isEqualTo(1);
  }

  private static void refused(KvEventBatch.Builder batch, String message) {
    KvEventBatch built = batch.build();
    assertThatThrownBy(() -> KvEventCodec.decode(built, TARGET))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage(message);
  }

  private static KvEvent.Stored decoded(BlocksStored.Builder stored, IndexedTarget target)
      throws MalformedEventException {
    return (KvEvent.Stored) KvEventCodec.decode(batch(stored).build(), target).events().getFirst();
  }

  private static KvEventBatch.Builder batch() {
    return KvEventBatch.newBuilder()
        .setModel("org/model")
        .setWorkerId("worker")
        .setRank(2)
        .setIncarnation(7)
        .setFirstEventId(1);
  }

  private static KvEventBatch.Builder batch(BlocksStored.Builder stored) {
    return batch().addEvents(dev.warmpath.v1.KvEvent.newBuilder().setStored(stored));
  }

  private static KvEventBatch.Builder batch(BlocksRemoved.Builder removed) {
    return batch().addEvents(dev.warmpath.v1.KvEvent.newBuilder().setRemoved(removed));
  }

  private static BlocksStored.Builder hashes(int blocks, int localHashes) {
    return BlocksStored.newBuilder()
        .setBlockSize(BLOCK_SIZE)
        .addAllBlockHashes(numbers(blocks))
        .addAllLocalHashes(numbers(localHashes));
  }

  private static BlocksStored.Builder tokens(int blocks, int tokens) {
    return hashes(blocks, 0).setTokenIds(ByteString.copyFrom(tokenBytes(tokens)));
  }

  private static List<Long> numbers(int count) {
    return Stream.iterate(1L, number -> number + 1).limit(count).toList();
  }

  private static byte[] tokenBytes(int tokens) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tokens).order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < tokens; token++) {
      bytes.putInt(1_000 + token);
    }
    return bytes.array();
  }
}
