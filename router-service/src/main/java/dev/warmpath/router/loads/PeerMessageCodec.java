package dev.warmpath.router.loads;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replicas.BookingChange;
import dev.warmpath.router.replicas.BookingJournal;
import dev.warmpath.router.replicas.OpenBooking;
import dev.warmpath.router.replicas.PeerMessage;
import dev.warmpath.router.replicas.TargetLife;
import dev.warmpath.v1.BookedTarget;
import dev.warmpath.v1.BookingChanges;
import dev.warmpath.v1.BookingDigest;
import dev.warmpath.v1.BookingProgress;
import dev.warmpath.v1.BookingSnapshot;
import dev.warmpath.v1.ReplicaMessage;
import dev.warmpath.v1.SnapshotQuestion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** What routers say to one another, as bytes; checked in full on the way in. Stateless. */
final class PeerMessageCodec {
  static final int MAX_CHANGES = 1_024;
  static final int MAX_PARTS = 16_384;
  private static final int MAX_TOKENS = 4_194_304;

  private PeerMessageCodec() {}

  static byte[] encode(PeerMessage message) {
    ReplicaMessage.Builder encoded = ReplicaMessage.newBuilder().setRouter(message.from());
    switch (message) {
      case PeerMessage.Changes changes -> encoded.setChanges(encode(changes));
      case PeerMessage.Digest digest ->
          encoded.setDigest(
              BookingDigest.newBuilder()
                  .setNumber(digest.number())
                  .setOpenBookings(digest.open())
                  .setDigest(digest.digest()));
      case PeerMessage.Snapshot part -> encoded.setSnapshot(encode(part));
      case PeerMessage.Question question ->
          encoded.setQuestion(SnapshotQuestion.newBuilder().setAbout(question.about()));
    }
    return encoded.build().toByteArray();
  }

  private static BookingChanges encode(PeerMessage.Changes message) {
    BookingChanges.Builder encoded = BookingChanges.newBuilder().setNumber(message.number());
    for (BookingChange change : message.changes()) {
      dev.warmpath.v1.BookingChange.Builder one = encoded.addChangesBuilder();
      switch (change) {
        case BookingChange.Opened opened -> one.setOpened(encode(opened.booking()));
        case BookingChange.Progressed progressed ->
            one.setProgressed(
                BookingProgress.newBuilder()
                    .setBookingId(progressed.bookingId())
                    .setComputed(progressed.computed())
                    .setOutputTokens(progressed.outputTokens()));
        case BookingChange.Closed closed -> one.setClosed(closed.bookingId());
      }
    }
    return encoded.build();
  }

  private static BookingSnapshot encode(PeerMessage.Snapshot part) {
    BookingSnapshot.Builder encoded =
        BookingSnapshot.newBuilder()
            .setNumber(part.number())
            .setPart(part.part())
            .setParts(part.parts());
    part.bookings().forEach(booking -> encoded.addBookings(encode(booking)));
    return encoded.build();
  }

  private static dev.warmpath.v1.OpenBooking encode(OpenBooking booking) {
    dev.warmpath.v1.OpenBooking.Builder encoded =
        dev.warmpath.v1.OpenBooking.newBuilder()
            .setBookingId(booking.id())
            .setPrefillTarget(encode(booking.prefillTarget()))
            .setPromptTokens(booking.promptTokens())
            .setPrefillTokens(booking.prefillTokens())
            .setBlockSize(booking.blockSize())
            .setExpectedOutputTokens(booking.expectedOutputTokens())
            .setLocalHashes(encode(booking.localHashes()))
            .setComputed(booking.computed())
            .setOutputTokens(booking.outputTokens());
    if (!booking.decodeTarget().equals(booking.prefillTarget())) {
      encoded.setDecodeTarget(encode(booking.decodeTarget()));
    }
    return encoded.build();
  }

  private static BookedTarget encode(TargetLife target) {
    return BookedTarget.newBuilder()
        .setWorkerId(target.id().workerId())
        .setRank(target.id().rank())
        .setIncarnation(target.incarnation())
        .build();
  }

  private static ByteString encode(long[] hashes) {
    ByteBuffer bytes =
        ByteBuffer.allocate(hashes.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(hashes);
    return ByteString.copyFrom(bytes);
  }

  static PeerMessage decode(byte[] payload) throws MalformedLoadException {
    ReplicaMessage message = parse(payload);
    long from = message.getRouter();
    checkNamed("router", from);
    return switch (message.getKindCase()) {
      case CHANGES -> decode(from, message.getChanges());
      case DIGEST -> decode(from, message.getDigest());
      case SNAPSHOT -> decode(from, message.getSnapshot());
      case QUESTION -> {
        checkNamed("question.about", message.getQuestion().getAbout());
        yield new PeerMessage.Question(from, message.getQuestion().getAbout());
      }
      case KIND_NOT_SET -> throw new MalformedLoadException("kind must be one that is known");
    };
  }

  private static ReplicaMessage parse(byte[] payload) throws MalformedLoadException {
    try {
      return ReplicaMessage.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedLoadException("no protobuf message: " + e.getMessage());
    }
  }

  private static PeerMessage decode(long from, BookingChanges message)
      throws MalformedLoadException {
    checkRange("changes.number", message.getNumber(), 1, Long.MAX_VALUE - 1);
    checkRange("changes.changes", message.getChangesCount(), 0, MAX_CHANGES);
    List<BookingChange> changes = new ArrayList<>(message.getChangesCount());
    for (dev.warmpath.v1.BookingChange change : message.getChangesList()) {
      changes.add(decode(change));
    }
    return new PeerMessage.Changes(from, message.getNumber(), changes);
  }

  private static BookingChange decode(dev.warmpath.v1.BookingChange change)
      throws MalformedLoadException {
    return switch (change.getKindCase()) {
      case OPENED -> new BookingChange.Opened(decode(change.getOpened()));
      case PROGRESSED -> {
        BookingProgress progress = change.getProgressed();
        checkNamed("progressed.booking_id", progress.getBookingId());
        checkRange("progressed.output_tokens", progress.getOutputTokens(), 0, MAX_TOKENS);
        yield new BookingChange.Progressed(
            progress.getBookingId(), progress.getComputed(), progress.getOutputTokens());
      }
      case CLOSED -> {
        checkNamed("closed", change.getClosed());
        yield new BookingChange.Closed(change.getClosed());
      }
      case KIND_NOT_SET -> throw new MalformedLoadException("change must be one that is known");
    };
  }

  private static PeerMessage decode(long from, BookingDigest digest) throws MalformedLoadException {
    checkRange("digest.number", digest.getNumber(), 0, Long.MAX_VALUE - 1);
    checkRange("digest.open_bookings", digest.getOpenBookings(), 0, Integer.MAX_VALUE);
    return new PeerMessage.Digest(
        from, digest.getNumber(), digest.getOpenBookings(), digest.getDigest());
  }

  private static PeerMessage decode(long from, BookingSnapshot part) throws MalformedLoadException {
    checkRange("snapshot.number", part.getNumber(), 0, Long.MAX_VALUE - 1);
    checkRange("snapshot.parts", part.getParts(), 1, MAX_PARTS);
    checkRange("snapshot.part", part.getPart(), 0, part.getParts() - 1L);
    checkRange("snapshot.bookings", part.getBookingsCount(), 0, BookingJournal.PART_BOOKINGS);
    List<OpenBooking> bookings = new ArrayList<>(part.getBookingsCount());
    for (dev.warmpath.v1.OpenBooking booking : part.getBookingsList()) {
      bookings.add(decode(booking));
    }
    return new PeerMessage.Snapshot(
        from, part.getNumber(), part.getPart(), part.getParts(), bookings);
  }

  private static OpenBooking decode(dev.warmpath.v1.OpenBooking booking)
      throws MalformedLoadException {
    checkNamed("booking_id", booking.getBookingId());
    checkRange("prompt_tokens", booking.getPromptTokens(), 1, MAX_TOKENS);
    checkRange("prefill_tokens", booking.getPrefillTokens(), 0, booking.getPromptTokens());
    checkRange("block_size", booking.getBlockSize(), 1, Worker.MAX_BLOCK_SIZE);
    checkRange("expected_output_tokens", booking.getExpectedOutputTokens(), 0, MAX_TOKENS);
    checkRange("output_tokens", booking.getOutputTokens(), 0, MAX_TOKENS);
    int bytes = booking.getLocalHashes().size();
    long blocks = booking.getPromptTokens() / booking.getBlockSize();
    checkRange("local_hashes", bytes, 0, Long.BYTES * Math.min(blocks, BookingJournal.MAX_HASHES));
    if (bytes % Long.BYTES != 0) {
      throw new MalformedLoadException("local_hashes must have 8 bytes a hash: " + bytes);
    }
    TargetLife prefill = decode("prefill_target", booking.getPrefillTarget());
    return new OpenBooking(
        booking.getBookingId(),
        prefill,
        booking.hasDecodeTarget() ? decode("decode_target", booking.getDecodeTarget()) : prefill,
        booking.getPromptTokens(),
        booking.getPrefillTokens(),
        booking.getBlockSize(),
        booking.getExpectedOutputTokens(),
        decode(booking.getLocalHashes()),
        booking.getComputed(),
        booking.getOutputTokens());
  }

  private static TargetLife decode(String field, BookedTarget target)
      throws MalformedLoadException {
    checkRange(field + ".worker_id length", target.getWorkerId().length(), 1, 256);
    checkRange(field + ".rank", target.getRank(), 0, Worker.MAX_RANKS - 1L);
    return new TargetLife(
        new TargetId(target.getWorkerId(), target.getRank()), target.getIncarnation());
  }

  private static long[] decode(ByteString bytes) {
    long[] hashes = new long[bytes.size() / Long.BYTES];
    bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(hashes);
    return hashes;
  }

  private static void checkNamed(String field, long name) throws MalformedLoadException {
    if (name == 0) {
      throw new MalformedLoadException(field + " must not be 0");
    }
  }

  private static void checkRange(String field, long value, long least, long most)
      throws MalformedLoadException {
    if (value < least || value > most) {
      throw new MalformedLoadException(
          "%s must be %d to %d: %d".formatted(field, least, most, value));
    }
  }
}
