package dev.warmpath.router.replay;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The fields of one line of a Mooncake trace; unknown fields are skipped. Reused from line to line;
 * one thread. Complaints are {@link IllegalArgumentException}s that name field and value.
 */
public final class MooncakeLine {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final BigDecimal NANOS_PER_MILLI = BigDecimal.valueOf(1_000_000);

  /** About 146 years: half of what fits into a long as nanoseconds. */
  private static final long MAX_MILLIS = Long.MAX_VALUE / 2_000_000;

  private final LongArrayList hashIds = new LongArrayList();
  private long timestampNanos;
  private int inputTokens;
  private int outputTokens;
  private String sessionId = "";
  private long delayNanos;

  private boolean hasTimestamp;
  private boolean hasInput;
  private boolean hasOutput;
  private boolean hasIds;

  /** Arrival, nanoseconds since the start of the trace. */
  public long timestampNanos() {
    return timestampNanos;
  }

  /** Tokens in the prompt, at least 1. */
  public int inputTokens() {
    return inputTokens;
  }

  /** Tokens to generate, at least 0. */
  public int outputTokens() {
    return outputTokens;
  }

  /** One id a block; valid until the next line. */
  public LongArrayList hashIds() {
    return hashIds;
  }

  /** The session that the request is a turn of; empty for none. */
  public String sessionId() {
    return sessionId;
  }

  /** From the answer of the turn before to this request, nanoseconds; 0 when not told. */
  public long delayNanos() {
    return delayNanos;
  }

  /**
   * Reads one line.
   *
   * @param blockSize tokens in a block of the trace
   * @throws IllegalArgumentException naming the field and the value that does not fit
   */
  public void parse(String line, int blockSize) {
    hashIds.clear();
    sessionId = "";
    delayNanos = 0;
    hasTimestamp = false;
    hasInput = false;
    hasOutput = false;
    hasIds = false;
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line)) {
      readObject(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    requireFields();
    requireOneIdPerBlock(blockSize);
  }

  private void readObject(JsonParser json) {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new IllegalArgumentException("a request must be a JSON object");
    }
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      switch (field) {
        case "timestamp" -> {
          timestampNanos = millis(json, value, field);
          hasTimestamp = true;
        }
        case "session_id" -> sessionId = json.getValueAsString("");
        case "delay" -> {
          if (value != JsonToken.VALUE_NULL) {
            delayNanos = millis(json, value, field);
          }
        }
        case "input_length" -> {
          inputTokens = (int) whole(json, value, field, 1, Integer.MAX_VALUE);
          hasInput = true;
        }
        case "output_length" -> {
          outputTokens = (int) whole(json, value, field, 0, Integer.MAX_VALUE);
          hasOutput = true;
        }
        case "hash_ids" -> readIds(json, value);
        default -> json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw new IllegalArgumentException("text after the JSON object");
    }
  }

  /** Milliseconds, whole or with a fraction. */
  private static long millis(JsonParser json, @Nullable JsonToken value, String field) {
    if (value == JsonToken.VALUE_NUMBER_FLOAT) {
      BigDecimal millis = json.getDecimalValue();
      if (millis.signum() < 0 || millis.compareTo(BigDecimal.valueOf(MAX_MILLIS)) > 0) {
        throw outOfRange(field, json.getString(), 0, MAX_MILLIS);
      }
      return millis.multiply(NANOS_PER_MILLI).longValue();
    }
    return whole(json, value, field, 0, MAX_MILLIS) * NANOS_PER_MILLI.longValue();
  }

  private void readIds(JsonParser json, @Nullable JsonToken value) {
    if (value != JsonToken.START_ARRAY) {
      throw new IllegalArgumentException("hash_ids must be a list, was " + json.getString());
    }
    for (JsonToken id = json.nextToken(); id != JsonToken.END_ARRAY; id = json.nextToken()) {
      hashIds.add(whole(json, id, "hash_ids", Long.MIN_VALUE, Long.MAX_VALUE));
    }
    hasIds = true;
  }

  private static long whole(
      JsonParser json, @Nullable JsonToken value, String field, long least, long most) {
    if (value != JsonToken.VALUE_NUMBER_INT) {
      throw new IllegalArgumentException(
          field + " must be a whole number, was " + (value == null ? "cut off" : json.getString()));
    }
    JsonParser.NumberType type = json.getNumberType();
    boolean fits = type == JsonParser.NumberType.INT || type == JsonParser.NumberType.LONG;
    if (!fits || json.getLongValue() < least || json.getLongValue() > most) {
      throw outOfRange(field, json.getString(), least, most);
    }
    return json.getLongValue();
  }

  private static IllegalArgumentException outOfRange(
      String field, String value, long least, long most) {
    return new IllegalArgumentException(
        "%s must be from %d to %d, was %s".formatted(field, least, most, value));
  }

  private void requireFields() {
    String missing =
        !hasTimestamp
            ? "timestamp"
            : !hasInput ? "input_length" : !hasOutput ? "output_length" : !hasIds ? "hash_ids" : "";
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(missing + " is missing");
    }
  }

  private void requireOneIdPerBlock(int blockSize) {
    long blocks = Math.ceilDiv((long) inputTokens, blockSize);
    if (hashIds.size() != blocks) {
      throw new IllegalArgumentException(
          "hash_ids must have %d ids (input_length %d in blocks of %d), has %d"
              .formatted(blocks, inputTokens, blockSize, hashIds.size()));
    }
  }
}
