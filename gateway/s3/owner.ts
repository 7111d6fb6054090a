/** The one account that owns every bucket and object here. */
export const OWNER = { ID: 'faas', DisplayName: 'faas' };
