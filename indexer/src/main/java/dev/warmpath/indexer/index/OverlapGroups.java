package dev.warmpath.indexer.index;

import java.util.Arrays;

/**
 * The result of a match by overlap instead of by slot: each overlap that some slot has, the longest
 * first, with the bitset of the slots that have it. Slots without an overlap are in no group.
 * Filled by {@link Overlaps#groups}, and good until the next call of that or the next match.
 *
 * <p>A bitset comes in pieces of 64 slots, and pieces without a slot are left out: piece {@code p}
 * says which of the slots from 64 times {@link #word} on are in the group by the bits of {@link
 * #bits}. Group {@code g} has the pieces from {@link #firstPiece}{@code (g)} up to, not including,
 * that of {@code g + 1}.
 */
public final class OverlapGroups {
  /*
   * Counting sort by overlap: pieces of each overlap are counted, given room in order, and filled.
   * Slots are looked at in order, so pieces of one group are too. There are at most as many pieces
   * as slots; arrays by overlap are as long as the longest one.
   */
  private static final int UNUSED = -1;

  private int size;
  private int[] blocks = {};

  /** One element more than there are groups. */
  private int[] firstPiece = {0};

  private int[] word = {};
  private long[] bits = {};

  /** By overlap: pieces, then the piece that is being filled. */
  private int[] pieces = {};

  /** By overlap: one more than the word of the last piece that was counted. */
  private int[] counted = {};

  /** The overlaps that there are; empty between two fillings. */
  private long[] present = {};

  OverlapGroups() {}

  /** How many groups there are. */
  public int size() {
    return size;
  }

  /** Leading blocks that the slots of a group hold, at least 1. */
  public int blocks(int group) {
    return blocks[group];
  }

  /** The first piece of a group; that of {@link #size} is the number of all pieces. */
  public int firstPiece(int group) {
    return firstPiece[group];
  }

  /** Which 64 slots a piece is about: those from 64 times this number on. */
  public int word(int piece) {
    return word[piece];
  }

  /** Which of its 64 slots a piece has: bit {@code b} is slot {@code 64 * word + b}. */
  public long bits(int piece) {
    return bits[piece];
  }

  /** Whether a slot is in a group. */
  public boolean contains(int group, int slot) {
    for (int piece = firstPiece[group]; piece < firstPiece[group + 1]; piece++) {
      if (word[piece] == slot / Long.SIZE) {
        return (bits[piece] & 1L << slot) != 0;
      }
    }
    return false;
  }

  /** Groups the slots from 0 to {@code slots} - 1 by their elements in {@code overlapOf}. */
  void fill(int[] overlapOf, int slots) {
    int longest = 0;
    for (int slot = 0; slot < slots; slot++) {
      longest = Math.max(longest, overlapOf[slot]);
    }
    makeRoom(longest, slots);
    count(overlapOf, slots);
    order(longest);
    place(overlapOf, slots);
  }

  private void makeRoom(int longest, int slots) {
    if (pieces.length <= longest) {
      pieces = new int[longest + 1];
      counted = new int[longest + 1];
      present = new long[longest / Long.SIZE + 1];
    }
    if (bits.length < slots) {
      blocks = new int[slots];
      firstPiece = new int[slots + 1];
      word = new int[slots];
      bits = new long[slots];
    }
  }

  private void count(int[] overlapOf, int slots) {
    for (int slot = 0; slot < slots; slot++) {
      int overlap = overlapOf[slot];
      int mark = slot / Long.SIZE + 1;
      if (overlap > 0 && counted[overlap] != mark) {
        counted[overlap] = mark;
        pieces[overlap]++;
        present[overlap / Long.SIZE] |= 1L << overlap;
      }
    }
  }

  private void order(int longest) {
    size = 0;
    int next = 0;
    for (int i = longest / Long.SIZE; i >= 0; i--) {
      for (long left = present[i]; left != 0; left ^= Long.highestOneBit(left)) {
        int overlap = (i + 1) * Long.SIZE - 1 - Long.numberOfLeadingZeros(left);
        blocks[size] = overlap;
        firstPiece[size++] = next;
        next += pieces[overlap];
        pieces[overlap] = firstPiece[size - 1];
        counted[overlap] = 0;
      }
      present[i] = 0;
    }
    firstPiece[size] = next;
    Arrays.fill(word, 0, next, UNUSED);
    Arrays.fill(bits, 0, next, 0L);
  }

  private void place(int[] overlapOf, int slots) {
    for (int slot = 0; slot < slots; slot++) {
      int overlap = overlapOf[slot];
      if (overlap > 0) {
        int piece = pieces[overlap];
        if (word[piece] != UNUSED && word[piece] != slot / Long.SIZE) {
          piece++;
          pieces[overlap] = piece;
        }
        word[piece] = slot / Long.SIZE;
        bits[piece] |= 1L << slot;
      }
    }
    for (int group = 0; group < size; group++) {
      pieces[blocks[group]] = 0;
    }
  }
}
