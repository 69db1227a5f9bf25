import { readFileSync } from "node:fs";
import ts from "typescript";

/** A type as the declaration file writes it. Names are Java's, nested classes after a `.`. */
export type DeclaredType =
  | { readonly kind: "number" | "string" | "boolean" | "void" | "any" }
  | { readonly kind: "array"; readonly of: DeclaredType }
  | { readonly kind: "class"; readonly name: string; readonly typeArguments: readonly DeclaredType[] };

export interface DeclaredMember {
  readonly kind: "field" | "method" | "constructor";
  /** `<init>` for a constructor. */
  readonly name: string;
  readonly isStatic: boolean;
  readonly isProtected: boolean;
  readonly isAbstract: boolean;
  readonly parameters: readonly DeclaredType[];
  /** Of a field its type, of a method what it gives. */
  readonly type: DeclaredType;
  /** The platform documents that it may be null. */
  readonly isNullable: boolean;
  /** A constant's value. */
  readonly value: number | string | boolean | null;
  /** The API level it came with; null where it is as old as its class. */
  readonly since: number | null;
}

export interface DeclaredClass {
  /** `android.view.View.OnClickListener` */
  readonly name: string;
  /** Simple names of the classes around it, outermost first. */
  readonly outer: readonly string[];
  readonly isInterface: boolean;
  readonly isAbstract: boolean;
  readonly typeParameters: readonly string[];
  readonly superclass: DeclaredType | null;
  readonly interfaces: readonly DeclaredType[];
  readonly members: readonly DeclaredMember[];
  readonly since: number | null;
}

const any: DeclaredType = { kind: "any" };
const nothing: DeclaredType = { kind: "void" };

function sinceOf(node: ts.Node, text: string): number | null {
  const comment = text.slice(node.getFullStart(), node.getStart());
  const level = /@since (\d+)/.exec(comment)?.[1];
  return level === undefined ? null : Number(level);
}

function entityName(name: ts.EntityName | ts.Expression): string {
  return name.getText().replace(/\s/g, "");
}

/** The type without `| null`; anything that is no plain Java type is `any`. */
function toType(node: ts.TypeNode | undefined): DeclaredType {
  if (node === undefined) return any;
  if (ts.isUnionTypeNode(node)) return toType(node.types.find((each) => !isNull(each)));
  if (ts.isLiteralTypeNode(node)) {
    if (ts.isStringLiteral(node.literal)) return { kind: "string" };
    const isBoolean = [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(node.literal.kind);
    return { kind: isBoolean ? "boolean" : "number" };
  }
  if (ts.isTypeReferenceNode(node)) {
    const name = entityName(node.typeName);
    const typeArguments = (node.typeArguments ?? []).map(toType);
    if (name === "androidNative.Array") return { kind: "array", of: typeArguments[0] ?? any };
    return name.includes(".") ? { kind: "class", name, typeArguments } : any;
  }
  if (node.kind === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
  if (node.kind === ts.SyntaxKind.StringKeyword) return { kind: "string" };
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return { kind: "boolean" };
  return node.kind === ts.SyntaxKind.VoidKeyword ? nothing : any;
}

function isNull(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword;
}

function isNullable(node: ts.TypeNode | undefined): boolean {
  return node !== undefined && ts.isUnionTypeNode(node) && node.types.some(isNull);
}

function constantOf(node: ts.TypeNode | undefined): number | string | boolean | null {
  if (node === undefined || !ts.isLiteralTypeNode(node)) return null;
  const { literal } = node;
  if (ts.isStringLiteral(literal)) return literal.text;
  if (literal.kind === ts.SyntaxKind.TrueKeyword || literal.kind === ts.SyntaxKind.FalseKeyword)
    return literal.kind === ts.SyntaxKind.TrueKeyword;
  const number = Number(literal.getText());
  return Number.isNaN(number) ? null : number;
}

/** Null for what only the declaration file has: `class`, and an interface's constructors. */
function toMember(node: ts.ClassElement, text: string, inInterface: boolean): DeclaredMember | null {
  const flags = ts.getCombinedModifierFlags(node);
  const base = {
    isStatic: (flags & ts.ModifierFlags.Static) !== 0,
    isProtected: (flags & ts.ModifierFlags.Protected) !== 0,
    isAbstract: inInterface || (flags & ts.ModifierFlags.Abstract) !== 0,
    since: sinceOf(node, text),
    value: null,
  };
  const parametersOf = (of: ts.SignatureDeclaration): readonly DeclaredType[] =>
    of.parameters.map((p) => toType(p.type));
  if (ts.isConstructorDeclaration(node)) {
    const shape = { kind: "constructor", name: "<init>", parameters: parametersOf(node) } as const;
    return inInterface ? null : { ...base, ...shape, isAbstract: false, type: nothing, isNullable: false };
  }
  if (!ts.isMethodDeclaration(node) && !ts.isPropertyDeclaration(node)) return null;
  const name = node.name.getText();
  const type = { type: toType(node.type), isNullable: isNullable(node.type) };
  if (ts.isMethodDeclaration(node)) {
    const isAbstract = base.isAbstract && !base.isStatic;
    return { ...base, kind: "method", name, parameters: parametersOf(node), isAbstract, ...type };
  }
  if (name === "class" && base.isStatic) return null;
  return { ...base, kind: "field", name, parameters: [], isAbstract: false, ...type, value: constantOf(node.type) };
}

/** An interface is declared as a class that is made from an implementation. */
function isInterfaceShape(node: ts.ClassDeclaration): boolean {
  return node.members.some(
    (member) => ts.isConstructorDeclaration(member) && member.parameters[0]?.name.getText() === "implementation",
  );
}

function heritage(node: ts.ClassDeclaration, kind: ts.SyntaxKind): readonly DeclaredType[] {
  const types = (node.heritageClauses ?? [])
    .filter((clause) => clause.token === kind)
    .flatMap(({ types }) => [...types]);
  return types.map(({ expression, typeArguments }) => ({
    kind: "class",
    name: entityName(expression),
    typeArguments: (typeArguments ?? []).map(toType),
  }));
}

/** Reads a declaration file of `@nativescript/types-android`: every class by its name. */
export function readAndroidTypes(file: string): ReadonlyMap<string, DeclaredClass> {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const classes = new Map<string, DeclaredClass>();

  function addClass(node: ts.ClassDeclaration, around: string, outer: readonly string[]): void {
    const name = `${around}.${node.name?.text ?? ""}`;
    const isInterface = isInterfaceShape(node);
    const members = node.members
      .map((member) => toMember(member, text, isInterface))
      .filter((member) => member !== null);
    classes.set(name, {
      name,
      outer,
      isInterface,
      isAbstract: (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract) !== 0,
      typeParameters: (node.typeParameters ?? []).map((parameter) => parameter.name.text),
      superclass: isInterface ? null : (heritage(node, ts.SyntaxKind.ExtendsKeyword)[0] ?? null),
      interfaces: heritage(node, ts.SyntaxKind.ImplementsKeyword),
      members,
      since: sinceOf(node, text),
    });
  }

  function visit(statements: readonly ts.Statement[], around: string, outer: readonly string[]): void {
    const local = new Set<string>();
    for (const statement of statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      addClass(statement, around, outer);
      local.add(statement.name?.text ?? "");
    }
    for (const statement of statements) {
      if (!ts.isModuleDeclaration(statement) || statement.body === undefined) continue;
      if (!ts.isModuleBlock(statement.body)) continue;
      const name = statement.name.text;
      const inside = around === "" ? name : `${around}.${name}`;
      visit(statement.body.statements, inside, local.has(name) || classes.has(inside) ? [...outer, name] : []);
    }
  }

  visit(source.statements, "", []);
  return classes;
}
