package dev.warmpath.router.fleet;

/**
 * How a prefill worker hands KV blocks over.
 *
 * @param bytesPerBlock bytes of one KV block, all layers of all GPUs of a rank together; 0 when
 *     unknown
 * @param bootstrapHost where a decode worker meets it; empty when its engine needs no meeting
 * @param bootstrapPort the port there, 1 to 65,535; 0 without a host
 */
public record KvHandOver(long bytesPerBlock, String bootstrapHost, int bootstrapPort) {
  /** Says nothing. */
  public static final KvHandOver UNKNOWN = new KvHandOver(0, "", 0);

  private static final int MAX_PORT = 65_535;

  public KvHandOver {
    if (bytesPerBlock < 0) {
      throw new IllegalArgumentException("kv_bytes_per_block must be 0 or more: " + bytesPerBlock);
    }
    if (bootstrapHost.length() > Worker.MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "bootstrap_host must have at most %d characters, has %d"
              .formatted(Worker.MAX_NAME_LENGTH, bootstrapHost.length()));
    }
    int least = bootstrapHost.isEmpty() ? 0 : 1;
    int most = bootstrapHost.isEmpty() ? 0 : MAX_PORT;
    if (bootstrapPort < least || bootstrapPort > most) {
      throw new IllegalArgumentException(
          "bootstrap_port must be %d to %d with bootstrap_host '%s': %d"
              .formatted(least, most, bootstrapHost, bootstrapPort));
    }
  }

  /** Whether a decode worker has to meet the prefill worker. */
  public boolean meets() {
    return !bootstrapHost.isEmpty();
  }
}
