/** Stands for the row that INSERT proposes, where `values(column)` names a column of it: no text holds a NUL. */
export const PROPOSED_ROW = 'proposed row\0'
