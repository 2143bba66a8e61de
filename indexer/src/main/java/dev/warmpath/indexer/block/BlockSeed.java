package dev.warmpath.indexer.block;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Seeds of the block hash: LoRA adapter and cache salt move the seed, so that requests which must
 * not share blocks never have a local hash in common. The scheme is NVIDIA Dynamo's (kv-router
 * protocols), so that hashes can be exchanged with that ecosystem.
 */
public final class BlockSeed {
  /** Seed of unsalted blocks of the base model, and of every sequence hash. */
  public static final long BASE = 1337L;

  private static final Hasher64 LORA = Hashing.xxh3_64(0L);
  private static final Hasher64 SALT = Hashing.xxh3_64(1L);

  private BlockSeed() {}

  /**
   * The seed for a LoRA adapter and a cache salt.
   *
   * @param loraName adapter name, empty for the base model
   * @param cacheSalt salt, empty for none
   */
  public static long of(String loraName, String cacheSalt) {
    long seed = BASE;
    if (!loraName.isEmpty()) {
      seed += hashUtf8(LORA, loraName);
    }
    if (!cacheSalt.isEmpty()) {
      seed += hashUtf8(SALT, cacheSalt);
    }
    return seed;
  }

  /**
   * The hash of a multimodal object that an engine names by text: the first 16 digits of a 64-digit
   * hex id, else XXH3-64 of its UTF-8 bytes.
   *
   * @throws IllegalArgumentException if the id is empty
   */
  public static long multimodalObject(String id) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("multimodal object id is empty");
    }
    if (id.length() == 64 && id.chars().allMatch(c -> HexFormat.isHexDigit((char) c))) {
      return HexFormat.fromHexDigitsToLong(id, 0, 16);
    }
    return hashUtf8(LORA, id);
  }

  private static long hashUtf8(Hasher64 hasher, String text) {
    return hasher.hashBytesToLong(text.getBytes(StandardCharsets.UTF_8));
  }
}
