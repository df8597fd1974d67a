/** Names of persons, as far as the reader may know them. */
import { all, ProblemError } from "./client";
import type { Me } from "./types";

type Member = { person_id: string; name: string };

/** Names by person: of the reader, and of the members of the reader's organisations. */
export async function namesOf(who: Me | null): Promise<Map<string, string>> {
  if (!who) return new Map();
  const lists = await Promise.all(who.organisations.map(({ id }) => membersOf(id)));
  return new Map([[who.person.id, who.person.name], ...lists.flat().map((m) => [m.person_id, m.name] as const)]);
}

async function membersOf(organisation: string): Promise<Member[]> {
  try {
    return await all<Member>(`/v1/organisations/${organisation}/members`);
  } catch (error) {
    // Who is a member is not every role's to read; a decision is then shown as "a named person".
    if (error instanceof ProblemError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}
