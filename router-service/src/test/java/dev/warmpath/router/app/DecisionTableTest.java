package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.Overlap;
import dev.warmpath.v1.PaceSource;
import dev.warmpath.v1.Role;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.Target;
import org.junit.jupiter.api.Test;

class DecisionTableTest {
  private static final RouteReply DECISION =
      RouteReply.newBuilder()
          .setTarget(target("w1", 1))
          .setOverlap(
              Overlap.newBuilder()
                  .setDeviceBlocks(3)
                  .setExpectedBlocks(3)
                  .setHostBlocks(3)
                  .setDiskBlocks(3)
                  .setExternalBlocks(3)
                  .setPromptBlocks(4)
                  .setCachedTokens(48)
                  .setPromptTokens(70))
          .setPolicy("kv")
          .setReason("lowest cost")
          .build();

  @Test
  void aDryRunShowsTargetOverlapPolicyAndReason() {
    assertThat(DecisionTable.render(DECISION))
        .isEqualTo(
            """
            target    w1/1 at 10.0.0.1:8000
            overlap   3 of 4 blocks, 48 of 70 tokens cached
            policy    kv
            reason    lowest cost
            """);
  }

  @Test
  void aBookingAndAPrefillTargetAreShown() {
    RouteReply booked =
        DECISION.toBuilder().setPrefillTarget(target("p", 0)).setBookingId(-1).build();

    assertThat(DecisionTable.render(booked))
        .contains("prefill   p/0 at 10.0.0.1:8000\n")
        .contains("booking   18446744073709551615\n");
  }

  @Test
  void everyCandidateIsShownWithItsCostTerms() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(candidate("w1", 22, true, false))
            .addCandidates(candidate("w2", 1_070, false, true))
            .build();

    assertThat(DecisionTable.render(explained))
        .endsWith(
            """

                target    cost  prefill  overlap  queued tokens  blocks  requests  heard  reported
            ->  w1/0      22.0     22.0        3             10       7         2  1.2 s
                w2/0    1070.0   1070.0        3             10       7         2  1.2 s            stale
            """);
  }

  @Test
  void aPaceThatFirstTokensHaveNotTaughtIsRemarked() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(
                candidate("w1", 22, true, true).toBuilder()
                    .setPaceSource(PaceSource.PACE_SOURCE_GIVEN))
            .build();

    assertThat(DecisionTable.render(explained)).endsWith("  1.2 s            stale, pace given\n");
  }

  @Test
  void slowerTiersAddToTheOverlapAndAReportHasItsAge() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(
                candidate("w1", 22, true, false).toBuilder()
                    .setLoadReportAgeMs(40)
                    .setOverlap(
                        Overlap.newBuilder()
                            .setDeviceBlocks(3)
                            .setExpectedBlocks(3)
                            .setHostBlocks(5)
                            .setDiskBlocks(5)
                            .setExternalBlocks(6)))
            .build();

    assertThat(DecisionTable.render(explained))
        .endsWith("3 + 2 host + 1 external             10       7         2  1.2 s     0.0 s\n");
  }

  @Test
  void blocksThatTheQueueDrivesOutAreTakenFromTheOverlap() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(
                candidate("w1", 22, true, false).toBuilder()
                    .setOverlap(Overlap.newBuilder().setDeviceBlocks(3).setExpectedBlocks(1)))
            .build();

    assertThat(DecisionTable.render(explained)).contains("  3 - 2 driven out  ");
  }

  @Test
  void prefillAndDecodeCandidatesHaveATableEachWithTheTermsOfTheirRole() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(
                candidate("p", 22, true, false).toBuilder()
                    .setRole(Role.ROLE_PREFILL)
                    .addTerms(CostTerm.newBuilder().setName("queued").setValue(0)))
            .addCandidates(
                candidate("d", 7, true, false).toBuilder()
                    .setRole(Role.ROLE_DECODE)
                    .clearTerms()
                    .addTerms(CostTerm.newBuilder().setName("active_blocks").setValue(7)))
            .build();

    assertThat(DecisionTable.render(explained))
        .endsWith(
            """

                target  cost  prefill  queued  overlap  queued tokens  blocks  requests  heard  reported
            ->  p/0     22.0     22.0     0.0        3             10       7         2  1.2 s

                target  cost  active_blocks  overlap  queued tokens  blocks  requests  heard  reported
            ->  d/0      7.0            7.0        3             10       7         2  1.2 s
            """);
  }

  @Test
  void whoWasLeftOutIsShownWithTheReason() {
    RouteReply explained =
        DECISION.toBuilder()
            .addCandidates(candidate("w1", 22, true, false))
            .addCandidates(
                candidate("w2", 0, false, true).toBuilder()
                    .clearTerms()
                    .setExcludedBy("required_label")
                    .setExclusion("without label zone=a"))
            .build();

    assertThat(DecisionTable.render(explained))
        .endsWith(
            """

                target  cost  prefill  overlap  queued tokens  blocks  requests  heard  reported
            ->  w1/0    22.0     22.0        3             10       7         2  1.2 s

            left out  reason                overlap  queued tokens  blocks  requests  heard  reported
            w2/0      without label zone=a        3             10       7         2  1.2 s            stale
            """);
  }

  private static Candidate candidate(String worker, double cost, boolean chosen, boolean stale) {
    return Candidate.newBuilder()
        .setTarget(target(worker, 0))
        .setCost(cost)
        .addTerms(CostTerm.newBuilder().setName("prefill").setValue(cost))
        .setOverlap(
            Overlap.newBuilder()
                .setDeviceBlocks(3)
                .setExpectedBlocks(3)
                .setHostBlocks(3)
                .setDiskBlocks(3)
                .setExternalBlocks(3))
        .setActiveBlocks(7)
        .setIndexHeardAgeMs(1_240)
        .setQueuedPrefillTokens(10)
        .setActiveRequests(2)
        .setChosen(chosen)
        .setStale(stale)
        .build();
  }

  private static Target target(String worker, int rank) {
    return Target.newBuilder()
        .setWorkerId(worker)
        .setRank(rank)
        .setAddress("10.0.0.1:8000")
        .build();
  }
}
