/** What may be asked of the ledger, as plain data that can go to another thread. */
import type { RateCard } from './rate-cards/rate-card.ts';
import { compareRates, costReport } from './report.ts';
import type { CostQuery, CostStore } from './report.ts';

export type ReportRequest =
  | { kind: 'cost'; query: CostQuery }
  /** The same calls at the prices of several cards. */
  | { kind: 'comparison'; query: Omit<CostQuery, 'by' | 'rates'>; cards: readonly RateCard[] };

/** The report as JSON text, in which decimals keep all their digits. */
export function answer(store: CostStore, request: ReportRequest): string {
  switch (request.kind) {
    case 'cost':
      return JSON.stringify(costReport(store, request.query));
    case 'comparison':
      return JSON.stringify(compareRates(store, request.query, request.cards));
  }
}
