/** Accounts as S3's documents name them: their id here is their name. */
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';

export type Owner = { ID: string; DisplayName: string };

export const ownerOf = (account: string): Owner => ({ ID: account, DisplayName: account });

/** The account that owns what the configuration lists. */
export const OWNER: Owner = ownerOf(OWNER_ACCOUNT);
