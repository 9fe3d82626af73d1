import { t } from "$texts/office";

const WORDS = ["rep", "manager", "office", "admin"] as const;

/** Roles to choose from. */
export const ROLES = WORDS.map((value) => ({ value, label: t.desk.roles[value] }));

export function roleName(role: string): string {
  return ROLES.find((one) => one.value === role)?.label ?? role;
}
