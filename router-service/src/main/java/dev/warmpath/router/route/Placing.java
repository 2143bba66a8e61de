package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to its targets: which pools have somebody to offer, who of them is cheapest.
 * One thread, one decision; books nothing.
 */
final class Placing {
  private final RouteQuery query;
  private final Picks picks;
  private final Overlaps overlaps;
  private final Recent recent;
  private final Sessions.@Nullable Binding session;
  private final TargetFacts facts;
  private Pick prompt;

  Placing(
      RouteQuery query,
      Picks picks,
      Overlaps overlaps,
      Recent recent,
      Sessions.@Nullable Binding session,
      TargetFacts facts) {
    this.query = query;
    this.picks = picks;
    this.overlaps = overlaps;
    this.recent = recent;
    this.session = session;
    this.facts = facts;
    this.prompt = picks.prompt;
  }

  /** The decision, or why there is none. */
  RouteResult place() {
    ModelTargets targets = query.targets();
    List<Screening> seen = query.explain() ? new ArrayList<>() : List.of();
    if (targets.hasPools()) {
      Screening prefill = screening(targets.prefill(), seen);
      Screening decode = screening(targets.decode(), seen);
      if (prefill.anybody() && decode.anybody()) {
        return inPools(prefill, decode, seen);
      }
      if (targets.aggregated().isEmpty()) {
        return decode.anybody() && decodeMayPrefill()
            ? onOne(decode, Placement.FALLBACK, seen)
            : (decode.anybody() ? prefill : decode).refusal();
      }
    }
    if (!targets.aggregated().isEmpty()) {
      Placement placement = targets.hasPools() ? Placement.FALLBACK : Placement.AGGREGATED;
      return onOne(screening(targets.aggregated(), seen), placement, seen);
    }
    return targets.decode().isEmpty() || !decodeMayPrefill()
        ? Refusal.NO_TARGET
        : onOne(screening(targets.decode(), seen), Placement.FALLBACK, seen);
  }

  /** Priced the prompt on the target that computes it; asked after a decision. */
  Pick prompt() {
    return prompt;
  }

  private RouteResult onOne(Screening screening, Placement placement, List<Screening> seen) {
    if (!screening.anybody()) {
      return screening.refusal();
    }
    prompt = pick(picks.prompt, screening, query.policy());
    return decision(null, placement, seen);
  }

  private Decision inPools(Screening prefill, Screening decode, List<Screening> seen) {
    Disaggregation split = query.rules().disaggregation();
    Pick generates;
    if (split.links().free()) {
      prompt = pick(picks.prompt, prefill, query.policy());
      generates = pick(picks.decode, decode, DecodeLoad.INSTANCE);
    } else {
      picks.others.start(query, decode.admitted(), overlaps, recent, facts.nowNanos());
      prompt = pick(picks.prompt, prefill, new PairedPolicy(query.policy(), split, picks.others));
      generates = pick(picks.decode, decode, new DecodePolicy(split, prompt.target()));
    }
    if (split.decodeMayPrefill()) {
      Pick local = pick(picks.local, decode, query.policy());
      long waiting = facts.activeRequests(prompt.target());
      int uncached = query.promptTokens() - local.overlap().cachedTokens();
      double localCost = local.cost() + split.decodeCost(facts.activeBlocks(local.target()));
      double remoteCost =
          split.links().free()
              ? prompt.cost() + split.decodeCost(facts.activeBlocks(generates.target()))
              : prompt.cost();
      if (split.staysLocal(query.promptTokens(), uncached, waiting, localCost, remoteCost)) {
        prompt = local;
        return decision(null, Placement.LOCAL_PREFILL, seen);
      }
    }
    return decision(generates, Placement.DISAGGREGATED, seen);
  }

  private Pick pick(Pick into, Screening screening, Policy policy) {
    return into.choose(query, screening.admitted(), overlaps, recent, policy, facts.nowNanos());
  }

  private Decision decision(@Nullable Pick generates, Placement placement, List<Screening> seen) {
    return new Decision(
        generates == null ? prompt.target() : generates.target(),
        generates == null ? null : prompt.target(),
        placement,
        generates == null ? null : new HandOver(generates.missingBlocks()),
        prompt.overlap(),
        Decision.NOT_BOOKED,
        query.policy().policyName(),
        prompt.price(),
        query.explain() ? explained(generates) : List.of(),
        query.explain() ? excluded(seen) : List.of());
  }

  private Screening screening(List<Target> targets, List<Screening> seen) {
    ChoiceRules rules = query.rules();
    boolean prefillOnly = targets.getFirst().worker().role() == Role.PREFILL;
    Screening screening =
        Screening.of(
            targets,
            prefillOnly ? rules.prefillFilters() : rules.filters(),
            rules.loraName(),
            facts);
    Session asked = rules.session();
    Target stays = session == null ? null : session.targetFor(prefillOnly);
    if (asked != null && stays != null) {
      screening = screening.onSession(stays, asked, facts);
    }
    if (query.explain()) {
      seen.add(screening);
    }
    return screening;
  }

  private boolean decodeMayPrefill() {
    return query.rules().disaggregation().decodeMayPrefill();
  }

  private List<CandidateCost> explained(@Nullable Pick generates) {
    List<CandidateCost> explained = new ArrayList<>(prompt.explain());
    if (generates != null) {
      explained.addAll(generates.explain());
    }
    return explained;
  }

  private List<ExcludedTarget> excluded(List<Screening> seen) {
    List<ExcludedTarget> excluded = new ArrayList<>();
    for (Screening screening : seen) {
      List<Screening.Excluded> out = screening.excluded();
      picks.others.start(
          query,
          out.stream().map(Screening.Excluded::target).toList(),
          overlaps,
          recent,
          facts.nowNanos());
      for (int i = 0; i < out.size(); i++) {
        excluded.add(picks.others.excluded(i, out.get(i).by()));
      }
    }
    return excluded;
  }

  /** Working memory of a decision, kept for the next one. */
  static final class Picks {
    final Pick prompt;
    final Pick decode;
    final Pick local;
    final Candidates others;

    Picks(LoadLedger ledger) {
      prompt = new Pick(ledger);
      decode = new Pick(ledger);
      local = new Pick(ledger);
      others = new Candidates(ledger);
    }
  }
}
