package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.util.function.BiConsumer;

/** Reads what all workers registered in etcd, at one revision. */
final class EtcdListing {
  private static final ByteSequence ZERO = ByteSequence.from(new byte[1]);

  private EtcdListing() {}

  /**
   * Reads them page by page, so that huge values can neither make an answer too long to receive nor
   * pile up.
   *
   * @param each gets every worker id and value
   * @return the revision they were read at
   */
  static long read(Client client, EtcdSettings settings, BiConsumer<String, byte[]> each)
      throws EtcdUnavailableException, InterruptedException {
    ByteSequence from = ByteSequence.from(settings.prefix(), UTF_8);
    GetResponse page = page(client, settings, from, 0);
    long revision = page.getHeader().getRevision();
    handOut(page, settings, each);
    while (page.isMore()) {
      from = page.getKvs().getLast().getKey().concat(ZERO);
      page = page(client, settings, from, revision);
      handOut(page, settings, each);
    }
    return revision;
  }

  private static GetResponse page(
      Client client, EtcdSettings settings, ByteSequence from, long revision)
      throws EtcdUnavailableException, InterruptedException {
    GetOption option =
        GetOption.builder()
            .withRange(prefixEnd(settings.prefix()))
            .withLimit(EtcdSettings.PAGE_SIZE)
            .withRevision(revision)
            .build();
    return settings.await("list workers", client.getKVClient().get(from, option));
  }

  private static void handOut(
      GetResponse page, EtcdSettings settings, BiConsumer<String, byte[]> each) {
    for (KeyValue entry : page.getKvs()) {
      each.accept(settings.workerId(entry.getKey()), bounded(entry.getValue()));
    }
  }

  /** The revision that etcd is at; asks for no values. */
  static long currentRevision(Client client, EtcdSettings settings)
      throws EtcdUnavailableException, InterruptedException {
    GetOption option = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    ByteSequence prefix = ByteSequence.from(settings.prefix(), UTF_8);
    return settings
        .await("probe", client.getKVClient().get(prefix, option))
        .getHeader()
        .getRevision();
  }

  /** The value, cut one byte after the limit: enough to be refused as too large. */
  static byte[] bounded(ByteSequence value) {
    int most = WorkerInfoCodec.MAX_VALUE_BYTES + 1;
    return value.size() <= most ? value.getBytes() : value.substring(0, most).getBytes();
  }

  private static ByteSequence prefixEnd(String prefix) {
    byte[] end = prefix.getBytes(UTF_8);
    end[end.length - 1]++;
    return ByteSequence.from(end);
  }
}
