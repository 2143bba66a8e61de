package dev.warmpath.router.replay.deploy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the workers of a pool are, and what they send.
 *
 * @param kvBytesPerBlock bytes of a KV block, all layers of all GPUs of a rank; 0 when not told
 * @param labels values of each label; workers have them in turn
 */
public record Wiring(long kvBytesPerBlock, Map<String, List<String>> labels) {
  /** Says nothing. */
  public static final Wiring NONE = new Wiring(0, Map.of());

  public Wiring {
    labels = Map.copyOf(labels);
    if (kvBytesPerBlock < 0) {
      throw new IllegalArgumentException(
          "kv_bytes_per_block must be 0 or more: " + kvBytesPerBlock);
    }
    labels.forEach((label, values) -> {
      if (values.isEmpty()) {
        throw new IllegalArgumentException("labels must have a value each: " + label);
      }
    });
  }

  /** The labels of a worker. */
  public Map<String, String> labels(int worker) {
    Map<String, String> own = new HashMap<>();
    labels.forEach((label, values) -> own.put(label, values.get(worker % values.size())));
    return own;
  }
}
