package dev.warmpath.router.replay;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads lines of a Mooncake trace in the plain form that nearly all have: whole numbers, strings
 * without escapes, nothing nested. It declines any other line, right or wrong; whoever asked reads
 * that one as JSON. Reused from line to line; one thread.
 */
final class PlainLine {
  // A general parser makes a token of each id of a prompt, and most of a line is ids.
  private static final List<String> FIELDS =
      List.of("timestamp", "input_length", "output_length", "hash_ids", "session_id", "delay");

  static final int TIMESTAMP = 0;
  static final int INPUT_LENGTH = 1;
  static final int OUTPUT_LENGTH = 2;
  static final int HASH_IDS = 3;
  private static final int SESSION_ID = 4;
  private static final int DELAY = 5;
  private static final int UNKNOWN = -1;

  /** No character of JSON. */
  private static final char END = 0;

  /** So many digits fit into a long, whatever they are. */
  private static final int MAX_DIGITS = 18;

  private static final int MAX_MILLIS_DIGITS = 12;
  private static final int NANO_DIGITS = 6;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final LongArrayList hashIds;
  private final List<String> unknown = new ArrayList<>();
  private String text = "";
  private int at;
  private int seen;

  private long number;
  private long timestampNanos;
  private int inputTokens;
  private int outputTokens;
  private String sessionId = "";
  private long delayNanos;

  /**
   * @param hashIds receives the ids of each line
   */
  PlainLine(LongArrayList hashIds) {
    this.hashIds = hashIds;
  }

  /** Arrival, nanoseconds since the start of the trace. */
  long timestampNanos() {
    return timestampNanos;
  }

  /** Tokens in the prompt, at least 1. */
  int inputTokens() {
    return inputTokens;
  }

  /** Tokens to generate, at least 0. */
  int outputTokens() {
    return outputTokens;
  }

  /** The session that the request is a turn of; empty for none. */
  String sessionId() {
    return sessionId;
  }

  /** From the answer of the turn before to this request, nanoseconds; 0 when not told. */
  long delayNanos() {
    return delayNanos;
  }

  /** Whether the line had a field. */
  boolean has(int field) {
    return (seen & 1 << field) != 0;
  }

  /**
   * Reads a line.
   *
   * @return whether it could; if not, what the fields say is worth nothing
   */
  boolean read(String line) {
    text = line;
    at = 0;
    seen = 0;
    unknown.clear();
    hashIds.clear();
    sessionId = "";
    delayNanos = 0;
    if (!take('{')) {
      return false;
    }
    do {
      if (!readField()) {
        return false;
      }
    } while (take(','));
    return take('}') && isAtEnd();
  }

  private boolean readField() {
    int start = at;
    if (!readString()) {
      return false;
    }
    int field = fieldNamed(start);
    if (field == UNKNOWN) {
      return isNew(string(start)) && take(':') && (readString() || readWhole());
    }
    if (has(field)) {
      return false;
    }
    seen |= 1 << field;
    return take(':') && readValue(field);
  }

  /** A second value of one field is for others to complain of. */
  private boolean isNew(String name) {
    return !unknown.contains(name) && unknown.add(name);
  }

  private boolean readValue(int field) {
    int start = at;
    return switch (field) {
      case TIMESTAMP -> {
        boolean read = readMillis();
        timestampNanos = number;
        yield read;
      }
      case INPUT_LENGTH -> {
        boolean read = readWhole() && number >= 1 && number <= Integer.MAX_VALUE;
        inputTokens = (int) number;
        yield read;
      }
      case OUTPUT_LENGTH -> {
        boolean read = readWhole() && number >= 0 && number <= Integer.MAX_VALUE;
        outputTokens = (int) number;
        yield read;
      }
      case HASH_IDS -> readIds();
      case SESSION_ID -> {
        boolean read = readString();
        sessionId = read ? string(start) : "";
        yield read;
      }
      case DELAY -> {
        boolean read = readMillis();
        delayNanos = number;
        yield read;
      }
      default -> false;
    };
  }

  private boolean readIds() {
    if (!take('[')) {
      return false;
    }
    if (take(']')) {
      return true;
    }
    do {
      if (!readWhole()) {
        return false;
      }
      hashIds.add(number);
    } while (take(','));
    return take(']');
  }

  /** Reads a whole number of few enough digits into {@link #number}. */
  private boolean readWhole() {
    boolean negative = take('-');
    if (!negative) {
      peek();
    }
    int digits = readDigits(MAX_DIGITS);
    number = negative ? -number : number;
    return digits > 0;
  }

  /** Reads milliseconds, whole or with a fraction, as nanoseconds into {@link #number}. */
  private boolean readMillis() {
    peek();
    if (readDigits(MAX_MILLIS_DIGITS) == 0) {
      return false;
    }
    long nanos = number * NANOS_PER_MILLI;
    if (at < text.length() && text.charAt(at) == '.') {
      at++;
      int start = at;
      while (at < text.length() && isDigit(text.charAt(at)) && at - start < MAX_DIGITS) {
        at++;
      }
      if (at == start) {
        return false;
      }
      nanos += fraction(start, at);
    }
    number = nanos;
    return true;
  }

  /** Nanoseconds in the digits behind the point of milliseconds; what is less is cut off. */
  private long fraction(int from, int to) {
    long nanos = 0;
    for (int i = 0; i < NANO_DIGITS; i++) {
      nanos = 10 * nanos + (from + i < to ? text.charAt(from + i) - '0' : 0);
    }
    return nanos;
  }

  /** Returns how many digits there are; 0 also when there are too many, or a 0 leads them. */
  private int readDigits(int most) {
    int start = at;
    int end = Math.min(text.length(), start + most + 1);
    long value = 0;
    int place = start;
    while (place < end && isDigit(text.charAt(place))) {
      value = 10 * value + (text.charAt(place) - '0');
      place++;
    }
    int digits = place - start;
    number = value;
    at = place;
    return digits > most || (digits > 1 && text.charAt(start) == '0') ? 0 : digits;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Passes a string; between its quotes nothing is escaped. */
  private boolean readString() {
    if (!take('"')) {
      return false;
    }
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return true;
      }
      if (c == '\\' || c < ' ') {
        return false;
      }
    }
    return false;
  }

  /** The string that was passed last, from a place between its beginning and what was before. */
  private String string(int from) {
    return text.substring(text.indexOf('"', from) + 1, at - 1);
  }

  private int fieldNamed(int from) {
    int start = text.indexOf('"', from) + 1;
    for (int field = 0; field < FIELDS.size(); field++) {
      String name = FIELDS.get(field);
      if (name.length() == at - 1 - start && text.startsWith(name, start)) {
        return field;
      }
    }
    return UNKNOWN;
  }

  private boolean isAtEnd() {
    return peek() == END && at == text.length();
  }

  /** Takes the next character if it is this one. */
  private boolean take(char wanted) {
    if (peek() != wanted) {
      return false;
    }
    at++;
    return true;
  }

  /** Goes to the next character that is no space; {@link #END} behind the last. */
  private char peek() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    return at < text.length() ? text.charAt(at) : END;
  }
}
