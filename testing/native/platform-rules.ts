import type { DeclaredClass, DeclaredMember, DeclaredType } from "./read-android-types.ts";
import type { UsedMember } from "./used-members.ts";

type Classes = ReadonlyMap<string, DeclaredClass>;

/** `android/os/Build$VERSION` as the declarations name it. */
function toDeclaredName(owner: string): string {
  return owner.replaceAll(/[/$]/g, ".");
}

/** The class and all above it, as far as they are declared. */
function familyOf(name: string, classes: Classes): readonly DeclaredClass[] {
  const of = classes.get(name);
  if (of === undefined) return [];
  const parents = [of.superclass, ...of.interfaces].flatMap((each) => (each?.kind === "class" ? [each.name] : []));
  return [of, ...parents.flatMap((parent) => familyOf(parent, classes))];
}

/** Members of that name that the class has or inherits, each with the class that declares it. */
function declaredAs(used: UsedMember, classes: Classes): readonly { of: DeclaredClass; member: DeclaredMember }[] {
  const arity = (used.descriptor.match(/\[*(?:[BCDFIJSZ]|L[^;]+;)(?=.*\))/g) ?? []).length;
  return familyOf(toDeclaredName(used.owner), classes).flatMap((of) =>
    of.members
      .filter(({ name, kind, parameters }) => name === used.name && (kind === "field" || parameters.length === arity))
      .map((member) => ({ of, member })),
  );
}

const isPlatform = ({ owner }: UsedMember): boolean => /^(?:android|java|javax)\//.test(owner);

function hidesNumber(type: DeclaredType): boolean {
  return type.kind === "number" || (type.kind === "array" && hidesNumber(type.of));
}

/** Used members of `android.*` with a number in them of which nothing says what kind it is: `name descriptor` as it was taken. */
export function undecidedNumbers(
  used: readonly UsedMember[],
  classes: Classes,
  table: Readonly<Record<string, unknown>>,
) {
  return used.flatMap((each) => {
    const found = declaredAs(each, classes).filter(({ of }) => of.name.startsWith("android."));
    const hidden = found.filter(({ member }) => [member.type, ...member.parameters].some(hidesNumber));
    const undecided = hidden.filter(({ of, member }) => !Object.hasOwn(table, `${of.name}.${member.name}`));
    return undecided.map(({ of, member }) => `${of.name}.${member.name} ${each.descriptor}`);
  });
}

/** Used members that the platform does not have: a JDK has more than Android. */
export function unknownMembers(used: readonly UsedMember[], classes: Classes): readonly string[] {
  const unknown = used.filter(
    (each) => isPlatform(each) && !each.owner.startsWith("[") && declaredAs(each, classes).length === 0,
  );
  return unknown.map(({ owner, name, descriptor }) => `${owner}.${name} ${descriptor}`);
}

/** Used members that came with a level of the API above this one: `level name`. */
export function newerThan(level: number, used: readonly UsedMember[], classes: Classes): readonly string[] {
  return used.filter(isPlatform).flatMap((each) => {
    const levels = declaredAs(each, classes).map(({ of, member }) => member.since ?? of.since ?? 1);
    const since = levels.length === 0 ? 1 : Math.min(...levels);
    return since > level ? [`${since} ${toDeclaredName(each.owner)}.${each.name}`] : [];
  });
}
