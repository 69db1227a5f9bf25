import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { access, type ClassOutline, type MemberOutline, type NestedOutline, writeClassFile } from "./class-file.ts";
import type { DeclaredClass, DeclaredMember, DeclaredType } from "./read-android-types.ts";

type Classes = ReadonlyMap<string, DeclaredClass>;
type Descriptors = Readonly<Record<string, readonly string[]>>;

/** How far from an imported class members are still written; beyond it a class is known by its name and its parents alone. */
const depth = 2;

const isOfJava = (name: string): boolean => /^javax?\./.test(name);

/** `android.view.View.OnClickListener` in the JVM's form; capitals begin classes in names that are no declared class (Java's own). */
function toInternalName(name: string, classes: Classes): string {
  const outer = classes.get(name)?.outer.length ?? 0;
  const parts = name.split(".");
  const packageEnd = parts.length - outer - 1;
  return [...parts.slice(0, packageEnd), parts.slice(packageEnd).join("$")].join("/");
}

function toDescriptor(type: DeclaredType, classes: Classes): string {
  switch (type.kind) {
    case "number":
      return "I";
    case "boolean":
      return "Z";
    case "void":
      return "V";
    case "string":
      return "Ljava/lang/String;";
    case "any":
      return "Ljava/lang/Object;";
    case "array":
      return `[${toDescriptor(type.of, classes)}`;
    case "class":
      return `L${toInternalName(type.name, classes)};`;
  }
}

/** With type arguments (JVMS §4.7.9.1): a list of strings is one. */
function toSignature(type: DeclaredType, classes: Classes): string {
  if (type.kind === "array") return `[${toSignature(type.of, classes)}`;
  if (type.kind !== "class" || type.typeArguments.length === 0) return toDescriptor(type, classes);
  const boxed: Partial<Record<DeclaredType["kind"], string>> = {
    any: "*",
    number: "Ljava/lang/Integer;",
    boolean: "Ljava/lang/Boolean;",
  };
  const given = type.typeArguments.map((each) => boxed[each.kind] ?? toSignature(each, classes));
  return `L${toInternalName(type.name, classes)}<${given.join("")}>;`;
}

const kindsOfNumber = /^[BCDFIJS]$/;

function fits(declared: DeclaredType, descriptor: string, classes: Classes): boolean {
  if (declared.kind === "array") return descriptor.startsWith("[") && fits(declared.of, descriptor.slice(1), classes);
  if (declared.kind === "number") return kindsOfNumber.test(descriptor);
  if (declared.kind === "string") return ["C", "Ljava/lang/String;", "Ljava/lang/CharSequence;"].includes(descriptor);
  if (declared.kind === "any") return /^[L[]/.test(descriptor);
  return descriptor === toDescriptor(declared, classes);
}

/** `(IJ)V` as its parameters and what it gives; of a field, its type alone. */
function splitDescriptor(descriptor: string): { readonly parameters: readonly string[]; readonly gives: string } {
  const [, inside, gives] = /^\((.*)\)(.+)$/.exec(descriptor) ?? [null, "", descriptor];
  return { parameters: inside?.match(/\[*(?:[BCDFIJSZ]|L[^;]+;)/g) ?? [], gives: gives ?? "" };
}

/** A row may begin with `varargs `: the last parameter takes any number of values. */
const varargs = /^varargs /;

function fitsMember(member: DeclaredMember, row: string, classes: Classes): boolean {
  const descriptor = row.replace(varargs, "");
  const { parameters, gives } = splitDescriptor(descriptor);
  return (
    parameters.length === member.parameters.length &&
    descriptor.startsWith("(") === (member.kind !== "field") &&
    member.parameters.every((each, index) => fits(each, parameters[index] ?? "", classes)) &&
    fits(member.type, gives, classes)
  );
}

/** Name as in the table of descriptors. */
export function memberName(of: DeclaredClass, member: DeclaredMember): string {
  return `${of.name}.${member.name}`;
}

function toOutlines(of: DeclaredClass, member: DeclaredMember, classes: Classes, table: Descriptors): MemberOutline[] {
  const isMethod = member.kind !== "field";
  const joined = (write: (type: DeclaredType) => string): string =>
    isMethod ? `(${member.parameters.map(write).join("")})${write(member.type)}` : write(member.type);
  const plain = joined((type) => toDescriptor(type, classes));
  const signature = joined((type) => toSignature(type, classes));
  const known = (table[memberName(of, member)] ?? []).filter((each) => fitsMember(member, each, classes));
  const flags =
    (member.isProtected ? access.protected : access.public) |
    (member.isStatic ? access.static : 0) |
    (member.isAbstract ? access.abstract : 0) |
    (member.value === null ? 0 : access.final);
  return (known.length === 0 ? [plain] : known).map((row) => {
    const descriptor = row.replace(varargs, "");
    return {
      isMethod,
      name: member.name,
      access: flags | (varargs.test(row) ? access.varargs : 0),
      descriptor,
      signature: descriptor === plain && signature !== plain ? signature : null,
      isNullable: member.isNullable,
      constant: member.value,
    };
  });
}

const isAnnotation = (of: DeclaredClass): boolean =>
  of.isInterface && of.interfaces.some((each) => namesIn(each)[0] === "java.lang.annotation.Annotation");

/** What every annotation inherits, and none declares as an element of its own. */
const ofAnnotations = ["annotationType", "equals", "hashCode", "toString"];

function accessOf(of: DeclaredClass): number {
  const kind = of.isInterface ? access.interface | access.abstract : access.super;
  if (isAnnotation(of)) return access.public | kind | access.annotation;
  return access.public | kind | (of.isAbstract ? access.abstract : 0);
}

function nestedOf(of: DeclaredClass, classes: Classes, children: readonly DeclaredClass[]): NestedOutline[] {
  const around: DeclaredClass[] = [];
  let name = of.name;
  for (let count = of.outer.length; count > 0; count -= 1) {
    const each = classes.get(name);
    if (each !== undefined) around.push(each);
    name = name.slice(0, name.lastIndexOf("."));
  }
  return [...around, ...children].map((each) => ({
    name: toInternalName(each.name, classes),
    outer: toInternalName(each.name.slice(0, each.name.lastIndexOf(".")), classes),
    simpleName: each.name.slice(each.name.lastIndexOf(".") + 1),
    access: (accessOf(each) & ~access.super) | access.static,
  }));
}

function namesIn(type: DeclaredType | null): readonly string[] {
  if (type === null) return [];
  if (type.kind === "array") return namesIn(type.of);
  return type.kind === "class" ? [type.name, ...type.typeArguments.flatMap(namesIn)] : [];
}

/**
 * Classes to write, each with whether its members are: the imported ones and those nested in them, what their signatures name, and what stands
 * around and above.
 */
function reach(roots: readonly string[], classes: Classes): ReadonlyMap<string, boolean> {
  const reached = new Map<string, boolean>();
  const nested = [...classes.keys()].filter((name) => roots.some((root) => name.startsWith(`${root}.`)));
  let names: readonly string[] = [...roots, ...nested];
  for (let distance = 0; names.length > 0; distance += 1) {
    const isWhole = distance <= depth;
    const next: string[] = [];
    for (const name of names) {
      const of = classes.get(name);
      if (of === undefined || isOfJava(name) || (reached.has(name) && (!isWhole || reached.get(name) === true)))
        continue;
      reached.set(name, isWhole);
      const parents = [...namesIn(of.superclass), ...of.interfaces.flatMap(namesIn)];
      const around = of.outer.length > 0 ? [name.slice(0, name.lastIndexOf("."))] : [];
      const named = isWhole ? of.members.flatMap((each) => [each.type, ...each.parameters].flatMap(namesIn)) : [];
      next.push(...parents, ...around, ...named);
    }
    names = next;
  }
  return reached;
}

function toOutline(
  of: DeclaredClass,
  isWhole: boolean,
  classes: Classes,
  reached: readonly string[],
  table: Descriptors,
) {
  const own = isAnnotation(of) ? of.members.filter(({ name }) => !ofAnnotations.includes(name)) : of.members;
  const members = isWhole ? own.flatMap((member) => toOutlines(of, member, classes, table)) : [];
  const children = reached.map((name) => classes.get(name)).filter((each) => each !== undefined);
  const nested = children.filter((each) => each.name.slice(0, each.name.lastIndexOf(".")) === of.name);
  const superclass =
    of.superclass === null ? "java/lang/Object" : toInternalName(namesIn(of.superclass)[0] ?? "", classes);
  const unique = new Map(members.map((member) => [`${member.isMethod}${member.name}${member.descriptor}`, member]));
  const parents = [
    of.superclass ?? ({ kind: "class", name: "java.lang.Object", typeArguments: [] } as const),
    ...of.interfaces,
  ];
  const parameters = of.typeParameters.map((name) => `${name}:Ljava/lang/Object;`).join("");
  const signature = `<${parameters}>${parents.map((each) => toSignature(each, classes)).join("")}`;
  return {
    name: toInternalName(of.name, classes),
    superclass,
    interfaces: of.interfaces.flatMap((each) => namesIn(each).slice(0, 1)).map((name) => toInternalName(name, classes)),
    access: accessOf(of),
    signature: of.typeParameters.length > 0 ? signature : null,
    members: [...unique.values()],
    nested: nestedOf(of, classes, nested),
  } satisfies ClassOutline;
}

/** Rows of the table that fit no member. */
export function strayDescriptors(classes: Classes, table: Descriptors): readonly string[] {
  return Object.entries(table).flatMap(([name, descriptors]) => {
    const of = classes.get(name.slice(0, name.lastIndexOf(".")));
    const members = of?.members.filter((member) => memberName(of, member) === name) ?? [];
    return descriptors
      .filter((descriptor) => !members.some((member) => fitsMember(member, descriptor, classes)))
      .map((descriptor) => `${name} ${descriptor}`);
  });
}

/**
 * Writes class files of these classes, of what their signatures name, and of nothing else of the platform into a folder: the API surface that
 * sources are compiled against, so that a call the platform does not have does not compile. Throws where an imported class does not exist,
 * or a row of the table fits no member.
 */
export function makeAndroidStubs(
  classes: Classes,
  imported: readonly string[],
  table: Descriptors,
  folder: string,
): void {
  const missing = imported.filter((name) => !classes.has(name));
  if (missing.length > 0) throw new Error(`the platform has no ${missing.join(", ")}`);
  const stray = strayDescriptors(classes, table);
  if (stray.length > 0) throw new Error(`the platform has no ${stray.join(", ")}`);
  const reached = reach(imported, classes);
  for (const [name, isWhole] of reached) {
    const of = classes.get(name);
    if (of === undefined) continue;
    const outline = toOutline(of, isWhole, classes, [...reached.keys()], table);
    const file = join(folder, `${outline.name}.class`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, writeClassFile(outline));
  }
}
