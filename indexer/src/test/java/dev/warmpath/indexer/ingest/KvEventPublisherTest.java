package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.KvEventBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Event ids, batches and heartbeats. */
class KvEventPublisherTest {
  private static final KvEvent CLEARED = new KvEvent.Cleared();

  private final List<KvEventBatch> sent = new ArrayList<>();
  private final KvEventPublisher publisher =
      new KvEventPublisher("model", "worker", 7, 2, 16, sent::add);

  @Test
  void idsStartAtOneAndCountPerRank() {
    assertThat(publisher.lastEventId(0)).isZero();
    assertThat(publisher.publishHashed(0, List.of(CLEARED, CLEARED))).isEqualTo(2);
    assertThat(publisher.publishHashed(1, List.of(CLEARED))).isEqualTo(1);
    assertThat(publisher.publishHashed(0, List.of(CLEARED))).isEqualTo(3);

    assertThat(sent).extracting(KvEventBatch::getRank).containsExactly(0, 1, 0);
    assertThat(sent).extracting(KvEventBatch::getFirstEventId).containsExactly(1L, 1L, 3L);
    assertThat(publisher.lastEventId(0)).isEqualTo(3);
  }

  @Test
  void nothingIsSentForNoEvents() {
    assertThat(publisher.publishHashed(0, List.of())).isZero();
    assertThat(sent).isEmpty();
  }

  @Test
  void manyEventsBecomeSeveralBatches() {
    publisher.publishHashed(0, Collections.nCopies(10_000, CLEARED));

    assertThat(sent).extracting(KvEventBatch::getEventsCount).containsExactly(4_096, 4_096, 1_808);
    assertThat(sent).extracting(KvEventBatch::getFirstEventId).containsExactly(1L, 4_097L, 8_193L);
  }

  @Test
  void aLongRunGoesWithHashesInPlaceOfItsTokens() throws MalformedEventException {
    int blocks = 10_000;
    byte[] tokens = new byte[blocks * 16 * 4];
    new Random(3).nextBytes(tokens);
    BlocksStored.Builder run =
        BlocksStored.newBuilder()
            .setBlockSize(16)
            .setLoraName("lora")
            .setTokenIds(ByteString.copyFrom(tokens))
            .addAllBlockHashes(Collections.nCopies(blocks, 1L));
    dev.warmpath.v1.KvEvent event = dev.warmpath.v1.KvEvent.newBuilder().setStored(run).build();
    publisher.publish(0, List.of(event));

    assertThat(sent.getFirst().getSerializedSize()).isLessThan(512 << 10);
    IndexedTarget target = new IndexedTarget(0, new TargetId("worker", 0), "model", 16, false, 7);
    assertThat(KvEventCodec.decode(sent.getFirst(), target).events())
        .usingRecursiveComparison()
        .isEqualTo(List.of(KvEventCodec.decode(event, target)));
  }

  @Test
  void idleRanksSendAHeartbeatEverySecond() {
    assertThat(publisher.heartbeat(seconds(5))).as("tells where it stands").isEqualTo(2);
    publisher.publishHashed(0, List.of(CLEARED));
    sent.clear();
    assertThat(publisher.heartbeat(seconds(5.5))).isZero();
    assertThat(publisher.heartbeat(seconds(6.1))).as("rank 1 is idle").isEqualTo(1);
    assertThat(publisher.heartbeat(seconds(6.6))).as("rank 0 is idle").isEqualTo(1);

    assertThat(sent).extracting(KvEventBatch::getRank).containsExactly(1, 0);
    assertThat(sent).extracting(KvEventBatch::getFirstEventId).containsExactly(1L, 2L);
    assertThat(sent).allMatch(batch -> batch.getEventsCount() == 0);
  }

  @Test
  void aFailingTransportIsCountedAndIdsGoOn() {
    KvEventPublisher failing =
        new KvEventPublisher(
            "model",
            "worker",
            7,
            1,
            16,
            _ -> {
              throw new IllegalStateException("broken");
            });
    assertThat(failing.publishHashed(0, List.of(CLEARED))).isEqualTo(1);
    assertThat(failing.sendFailures()).isEqualTo(1);
  }

  @Test
  void nothingIsSentAfterClosing() {
    publisher.close();
    publisher.publishHashed(0, List.of(CLEARED));
    publisher.heartbeat(seconds(9));

    assertThat(sent).isEmpty();
  }

  private static long seconds(double seconds) {
    return (long) (seconds * Duration.ofSeconds(1).toNanos());
  }
}
