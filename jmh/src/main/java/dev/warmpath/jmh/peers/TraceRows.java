package dev.warmpath.jmh.peers;

import dev.warmpath.router.replay.MooncakeRecord;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.TraceSynthesizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The requests that the corpora are made from.
 *
 * @param name where they come from
 * @param published whether they are the conversation trace, so that checksums are known
 * @param rows the requests
 */
record TraceRows(String name, boolean published, List<MooncakeRecord> rows) {
  /** Where the conversation trace lies, from the root of the checkout. */
  static final Path CONVERSATION =
      Path.of("../shared/traces/mooncake_fast25_conversation.jsonl.gz");

  private static final String CONVERSATION_SHA256 =
      "b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df";

  /** As many requests as the conversation trace, of about its prompt lengths and sharing. */
  private static final SynthesisOptions SYNTHESIS =
      new SynthesisOptions(
          12_031, 512, SynthesisOptions.Arrivals.POISSON, 3.4, 100, 1.0, 100, 4, 42);

  /** The conversation trace at {@code path}, or a synthesized one where that is not. */
  static TraceRows load(Path path) throws IOException {
    return Files.exists(path) ? read(path) : synthesize();
  }

  private static TraceRows read(Path path) throws IOException {
    byte[] text;
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(path))) {
      text = in.readAllBytes();
    }
    String sha256 = sha256(text);
    if (!sha256.equals(CONVERSATION_SHA256)) {
      throw new IOException(path + " is another trace: its SHA-256, unpacked, is " + sha256);
    }
    JsonMapper json = new JsonMapper();
    List<MooncakeRecord> rows = new ArrayList<>();
    new String(text, StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> rows.add(row(json.readTree(line))));
    return new TraceRows(path.getFileName().toString(), true, rows);
  }

  private static MooncakeRecord row(JsonNode line) {
    JsonNode ids = line.get("hash_ids");
    long[] hashIds = new long[ids.size()];
    for (int i = 0; i < hashIds.length; i++) {
      hashIds[i] = ids.get(i).longValue();
    }
    return new MooncakeRecord(
        line.get("timestamp").longValue(),
        line.get("input_length").intValue(),
        line.get("output_length").intValue(),
        hashIds);
  }

  static TraceRows synthesize() {
    List<MooncakeRecord> rows = new ArrayList<>();
    TraceSynthesizer.synthesize(SYNTHESIS, rows::add);
    return new TraceRows("synthesized " + SYNTHESIS, false, rows);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
