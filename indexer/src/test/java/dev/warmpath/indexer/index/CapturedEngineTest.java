package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.msgpack.core.MessagePack;
import org.msgpack.value.ArrayValue;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;

/**
 * The index against a real engine's own word: event frames captured from vLLM are applied up to the
 * moment each request was sent, and the overlap is compared with the cached tokens that the engine
 * reported for it. An engine always computes the last token of a prompt, so a prompt of n tokens
 * reuses at most floor((n - 1) / block size) blocks.
 *
 * <p>Skipped where the captures are not at hand; {@code -Dwarmpath.captures=FOLDER} says where they
 * are.
 */
class CapturedEngineTest {
  private static final Path CAPTURES =
      Path.of(System.getProperty("warmpath.captures", "../../shared/captures"));
  private static final int BLOCK_SIZE = 32;

  private final BlockHasher hasher = new BlockHasher(BLOCK_SIZE, false);
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();
  private final Map<Long, String> saltOf = new HashMap<>();

  @ParameterizedTest
  @CsvSource({
    "A-sequential, 400, 400",
    "E-sequential-full, 400, 400",
    "F-dp2-header, 400, 393",
    "L-v023-array-sequential, 400, 400"
  })
  void overlapIsWhatTheEngineReports(String capture, int requests, int exactAtLeast)
      throws IOException {
    Path folder = CAPTURES.resolve(capture);
    assumeTrue(Files.isDirectory(folder), () -> "no captures at " + folder);

    ArrayDeque<Frame> frames = new ArrayDeque<>(frames(folder));
    List<Request> all = requests(folder);
    int exact = 0;
    for (Request request : all) {
      while (!frames.isEmpty() && frames.getFirst().stamp < request.sentAt) {
        apply(frames.removeFirst());
      }
      if (predictedTokens(request) == request.cachedTokens) {
        exact++;
      }
    }
    assertThat(all).hasSize(requests);
    assertThat(exact).isGreaterThanOrEqualTo(exactAtLeast);
    assertThat(index.counters().unknownRemovals()).isZero();
    assertThat(index.counters().conflictingStores()).isZero();
    assertThat(index.counters().parkedBlocks()).isZero();
  }

  private int predictedTokens(Request request) {
    int tokens = request.promptBytes.length / BlockHasher.TOKEN_BYTES;
    long[] hashes = localHashes(request.promptBytes, request.salt);
    index.match(hashes, hashes.length, overlaps);
    return Math.min(overlaps.deviceBlocks(request.rank), (tokens - 1) / BLOCK_SIZE) * BLOCK_SIZE;
  }

  private long[] localHashes(byte[] tokenBytes, String salt) {
    long[] hashes = new long[hasher.blockCount(tokenBytes.length / BlockHasher.TOKEN_BYTES)];
    hasher.localHashes(tokenBytes, BlockSeed.of("", salt), hashes);
    return hashes;
  }

  private void apply(Frame frame) {
    for (Value event : frame.events) {
      index.apply(frame.rank, kvEvent(event), 0L);
    }
  }

  /** An event as a map by name, or as an array: tag, hashes, parent, tokens, size, ..., keys. */
  private KvEvent kvEvent(Value event) {
    String tag = slot(event, "type", 0).asStringValue().asString();
    return switch (tag) {
      case "BlockStored" -> stored(event);
      case "BlockRemoved" ->
          new KvEvent.Removed(hashes(slot(event, "block_hashes", 1)), Tier.DEVICE);
      case "AllBlocksCleared" -> new KvEvent.Cleared();
      default -> throw new IllegalArgumentException("unknown event: " + tag);
    };
  }

  /** The salt stands in the keys of a prompt's first block only; later runs inherit it. */
  private KvEvent stored(Value event) {
    long[] engineHashes = hashes(slot(event, "block_hashes", 1));
    Value parent = slot(event, "parent_block_hash", 2);
    String salt =
        parent.isNilValue()
            ? firstKey(slot(event, "extra_keys", 8))
            : saltOf.getOrDefault(parent.asIntegerValue().toLong(), "");
    for (long engineHash : engineHashes) {
      saltOf.put(engineHash, salt);
    }
    List<Value> tokens = slot(event, "token_ids", 3).asArrayValue().list();
    byte[] tokenBytes =
        bytes(tokens.stream().mapToInt(token -> token.asIntegerValue().toInt()).toArray());
    long[] localHashes = localHashes(tokenBytes, salt);
    return parent.isNilValue()
        ? KvEvent.Stored.root(engineHashes, localHashes, Tier.DEVICE)
        : KvEvent.Stored.after(
            parent.asIntegerValue().toLong(), engineHashes, localHashes, Tier.DEVICE);
  }

  private static Value slot(Value event, String name, int place) {
    return event.isMapValue()
        ? event.asMapValue().map().getOrDefault(ValueFactory.newString(name), ValueFactory.newNil())
        : event.asArrayValue().getOrNilValue(place);
  }

  private static String firstKey(Value extraKeys) {
    if (extraKeys.isNilValue()) {
      return "";
    }
    Value ofFirstBlock = extraKeys.asArrayValue().getOrNilValue(0);
    return ofFirstBlock.isNilValue()
        ? ""
        : ofFirstBlock.asArrayValue().get(0).asStringValue().asString();
  }

  private static long[] hashes(Value list) {
    return list.asArrayValue().list().stream()
        .mapToLong(hash -> hash.asIntegerValue().toLong())
        .toArray();
  }

  private static byte[] bytes(int[] tokens) {
    ByteBuffer bytes =
        ByteBuffer.allocate(tokens.length * BlockHasher.TOKEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(tokens);
    return bytes.array();
  }

  /** One published batch: when the engine made it, of which rank, with what events. */
  private record Frame(double stamp, int rank, ArrayValue events) {}

  /** One request: when and where it was sent, and how many tokens the engine found cached. */
  private record Request(
      double sentAt, int rank, String salt, byte[] promptBytes, int cachedTokens) {}

  private static List<Frame> frames(Path folder) throws IOException {
    List<Frame> frames = new ArrayList<>();
    for (String line : lines(folder.resolve("frames.jsonl.gz"))) {
      byte[] payload = HexFormat.of().parseHex(field(line, "hex", "\"([0-9a-f]+)\""));
      ArrayValue batch = MessagePack.newDefaultUnpacker(payload).unpackValue().asArrayValue();
      frames.add(
          new Frame(
              batch.get(0).asFloatValue().toDouble(),
              Integer.parseInt(field(line, "sock", "(\\d+)")),
              batch.get(1).asArrayValue()));
    }
    frames.sort(Comparator.comparingDouble(Frame::stamp));
    return frames;
  }

  private static List<Request> requests(Path folder) throws IOException {
    List<Request> requests = new ArrayList<>();
    for (String line : lines(folder.resolve("requests.jsonl.gz"))) {
      if (optional(line, "mark", "(.)") != null) {
        continue;
      }
      int[] prompt =
          Stream.of(field(line, "prompt", "\\[([^]]*)]").split(", *"))
              .mapToInt(Integer::parseInt)
              .toArray();
      requests.add(
          new Request(
              Double.parseDouble(field(line, "t_send", "([0-9.]+)")),
              Integer.parseInt(orElse(optional(line, "rank", "(\\d+)"), "0")),
              orElse(optional(line, "salt", "\"([^\"]*)\""), ""),
              bytes(prompt),
              Integer.parseInt(orElse(optional(line, "cached_tokens", "(\\d+)"), "0"))));
    }
    requests.sort(Comparator.comparingDouble(Request::sentAt));
    return requests;
  }

  private static List<String> lines(Path gzip) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(gzip)), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  private static String field(String json, String name, String value) {
    String found = optional(json, name, value);
    if (found == null) {
      throw new IllegalArgumentException("no " + name + " in " + json);
    }
    return found;
  }

  private static @Nullable String optional(String json, String name, String value) {
    Matcher matcher = Pattern.compile("\"" + name + "\": *" + value).matcher(json);
    return matcher.find() ? matcher.group(1) : null;
  }

  private static String orElse(@Nullable String text, String other) {
    return text == null ? other : text;
  }
}
