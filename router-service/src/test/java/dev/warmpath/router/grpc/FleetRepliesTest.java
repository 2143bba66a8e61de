package dev.warmpath.router.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.fleet.Workers;
import dev.warmpath.v1.WorkerInfo;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FleetRepliesTest {
  @Test
  void aFetchThatCostsNothingIsToldApartFromOneThatIsNotGiven() {
    WorkerInfo info =
        FleetReplies.info(
            Workers.withCosts(
                Workers.worker("a"),
                new CostCoefficients(
                    0, 0, OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.empty())));

    assertThat(info.hasHostFetchMsPerBlock()).isTrue();
    assertThat(info.hasDiskFetchMsPerBlock()).isFalse();
    assertThat(info.hasDecodeInterference()).isFalse();
  }

  @Test
  void eachFieldThatAWorkerMayAnnounceIsTold() {
    Worker worker =
        new Worker(
            "a",
            "a:8000",
            "m",
            Role.PREFILL,
            16,
            2,
            1_000,
            256,
            8_192,
            Set.of("lora"),
            Set.of(Tier.DEVICE, Tier.HOST),
            Map.of("rack", "1"),
            7,
            true,
            true,
            new KvHandOver(1_024, "a", 8_998),
            RepeatedStores.TOLD_AGAIN,
            false,
            new CostCoefficients(500, 1, 2, 3, 0.5));

    assertThat(FleetReplies.info(worker).getAllFields().keySet())
        .containsExactlyInAnyOrderElementsOf(WorkerInfo.getDescriptor().getFields());
  }
}
