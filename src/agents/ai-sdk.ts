export type { Toolbox } from '../model/tool.js'
