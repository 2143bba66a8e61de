package dev.warmpath.router.loads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.replicas.BookingChange;
import dev.warmpath.router.replicas.OpenBooking;
import dev.warmpath.router.replicas.PeerMessage;
import dev.warmpath.router.replicas.TargetLife;
import dev.warmpath.v1.BookedTarget;
import dev.warmpath.v1.BookingChanges;
import dev.warmpath.v1.BookingSnapshot;
import dev.warmpath.v1.ReplicaMessage;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PeerMessageCodecTest {
  private static final TargetLife PREFILL = new TargetLife(new TargetId("p", 3), 5);
  private static final TargetLife DECODE = new TargetLife(new TargetId("d", 0), 0);

  @Test
  void everyKindOfMessageComesBackAsItWas() throws MalformedLoadException {
    assertThat(roundTrip(new PeerMessage.Digest(-1, 9, 3, -77)))
        .isEqualTo(new PeerMessage.Digest(-1, 9, 3, -77));
    assertThat(roundTrip(new PeerMessage.Question(1, -2)))
        .isEqualTo(new PeerMessage.Question(1, -2));
    List<OpenBooking> bookings =
        List.of(booking(1, PREFILL, DECODE, 0x0102030405060708L, -1), booking(2, DECODE, DECODE));
    assertThat(roundTrip(new PeerMessage.Snapshot(1, 4, 1, 2, bookings)))
        .usingRecursiveComparison()
        .isEqualTo(new PeerMessage.Snapshot(1, 4, 1, 2, bookings));
    PeerMessage changes =
        new PeerMessage.Changes(
            1,
            8,
            List.of(
                new BookingChange.Opened(bookings.getFirst()),
                new BookingChange.Progressed(-1, true, 40),
                new BookingChange.Closed(7)));
    assertThat(roundTrip(changes)).usingRecursiveComparison().isEqualTo(changes);
  }

  @Test
  void hashesAreLittleEndianOnTheWire() throws Exception {
    byte[] encoded =
        PeerMessageCodec.encode(
            new PeerMessage.Snapshot(1, 4, 0, 1, List.of(booking(1, DECODE, DECODE, 258))));
    assertThat(ReplicaMessage.parseFrom(encoded).getSnapshot().getBookings(0).getLocalHashes())
        .isEqualTo(ByteString.copyFrom(new byte[] {2, 1, 0, 0, 0, 0, 0, 0}));
  }

  @Test
  void messagesThatBreakTheContractAreRefusedByField() {
    assertThatThrownBy(() -> PeerMessageCodec.decode(new byte[] {1, 2}))
        .isInstanceOf(MalformedLoadException.class);
    assertRefused(message -> message.clearRouter(), "router must not be 0");
    assertRefused(message -> message.clearKind(), "kind must be one that is known");
    assertRefused(
        message -> message.setChanges(BookingChanges.newBuilder()), "changes.number must be 1 to");
    assertRefused(
        message ->
            message.setSnapshot(BookingSnapshot.newBuilder().setNumber(1).setPart(2).setParts(2)),
        "snapshot.part must be 0 to 1: 2");
    assertBookingRefused(booking -> booking.setBookingId(0), "booking_id must not be 0");
    assertBookingRefused(booking -> booking.setPromptTokens(0), "prompt_tokens must be 1 to");
    assertBookingRefused(booking -> booking.setPrefillTokens(41), "prefill_tokens must be 0 to 40");
    assertBookingRefused(booking -> booking.setBlockSize(0), "block_size must be 1 to 65536: 0");
    assertBookingRefused(booking -> booking.setOutputTokens(-1), "output_tokens must be 0 to");
    assertBookingRefused(
        booking -> booking.setLocalHashes(ByteString.copyFrom(new byte[24])),
        "local_hashes must be 0 to 16: 24");
    assertBookingRefused(
        booking -> booking.setLocalHashes(ByteString.copyFrom(new byte[9])),
        "local_hashes must have 8 bytes a hash: 9");
    assertBookingRefused(
        booking -> booking.setPrefillTarget(BookedTarget.newBuilder()),
        "prefill_target.worker_id length must be 1 to 256: 0");
    assertBookingRefused(
        booking -> booking.setDecodeTarget(BookedTarget.newBuilder().setWorkerId("w").setRank(-1)),
        "decode_target.rank must be 0 to 1023");
  }

  private static void assertRefused(Consumer<ReplicaMessage.Builder> change, String why) {
    ReplicaMessage.Builder message =
        ReplicaMessage.newBuilder()
            .setRouter(1)
            .setSnapshot(
                BookingSnapshot.newBuilder()
                    .setNumber(1)
                    .setParts(1)
                    .addBookings(
                        dev.warmpath.v1.OpenBooking.newBuilder()
                            .setBookingId(1)
                            .setPrefillTarget(BookedTarget.newBuilder().setWorkerId("w"))
                            .setPromptTokens(40)
                            .setPrefillTokens(40)
                            .setBlockSize(16)));
    change.accept(message);
    assertThatThrownBy(() -> PeerMessageCodec.decode(message.build().toByteArray()))
        .isInstanceOf(MalformedLoadException.class)
        .hasMessageContaining(why);
  }

  private static void assertBookingRefused(
      Consumer<dev.warmpath.v1.OpenBooking.Builder> change, String why) {
    assertRefused(
        message -> change.accept(message.getSnapshotBuilder().getBookingsBuilder(0)), why);
  }

  private static PeerMessage roundTrip(PeerMessage message) throws MalformedLoadException {
    return PeerMessageCodec.decode(PeerMessageCodec.encode(message));
  }

  private static OpenBooking booking(
      long id, TargetLife prefill, TargetLife decode, long... hashes) {
    return new OpenBooking(id, prefill, decode, 40, 39, 16, 100, hashes, true, 17);
  }
}
