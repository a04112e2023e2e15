import type { ReactNode } from "react";
import { inWords, share } from "./progress";
import type { RunProgress } from "./queries";
import type { List } from "./use-list";

/** A column: its title, and what it shows of an item. */
export type Column<T> = readonly [title: string, show: (item: T) => ReactNode];

interface TableProps<T> {
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Shown in place of rows where there are none. */
  readonly empty: string;
}

export function Table<T>({ columns, items, keyOf, empty }: TableProps<T>): ReactNode {
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            {columns.map(([title]) => (
              <th key={title}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map(([title, show]) => (
                <td key={title}>{show(item)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {items.length === 0 && <p className="quiet">{empty}</p>}
    </div>
  );
}

interface ListTableProps<T> extends Omit<TableProps<T>, "items"> {
  readonly list: List<T>;
}

/** A table of a list, with what went wrong and a way to the next page. */
export function ListTable<T>({ list, empty, ...table }: ListTableProps<T>): ReactNode {
  return (
    <>
      <Problem message={list.error} />
      <Table {...table} items={list.items} empty={list.loading ? "loading…" : list.error === null ? empty : ""} />
      {list.more !== null && (
        <button type="button" onClick={list.more} disabled={list.loading}>
          More
        </button>
      )}
    </>
  );
}

export function Problem({ message }: { readonly message: string | null }): ReactNode {
  return message === null ? null : (
    <p className="problem" role="alert">
      {message}
    </p>
  );
}

/** A status that can be told apart at a glance. */
export function Status({ value }: { readonly value: string | null }): ReactNode {
  const shown = (value ?? "UNKNOWN").toLowerCase();
  return <span className={`status ${shown}`}>{shown.replace("_", " ")}</span>;
}

/** How far a run over many objects has come; without a share the bar only says that it is under way. */
export function Progress({ value }: { readonly value: RunProgress }): ReactNode {
  const words = inWords(value);
  return (
    <>
      <progress value={share(value) ?? undefined} aria-label={words} /> {words}
    </>
  );
}

/** An object ref, or another id, that may be long. */
export function Ref({ value }: { readonly value: string }): ReactNode {
  return <code>{value}</code>;
}

/** A time of today by the clock, an older one with its day. */
export function Time({ value }: { readonly value: string }): ReactNode {
  const time = new Date(value);
  const today = time.toDateString() === new Date().toDateString();
  return (
    <time dateTime={value} title={value}>
      {today ? time.toLocaleTimeString() : time.toLocaleString()}
    </time>
  );
}
