import { describePrograms } from "./both-engines.ts"
import { EXPRESSION_RECIPES } from "./recipes/expressions.ts"
import { JOIN_RECIPES } from "./recipes/joins.ts"
import { OTHER_RECIPES } from "./recipes/others.ts"
import { PLUGIN_RECIPES } from "./recipes/plugins.ts"
import { RELATION_RECIPES } from "./recipes/relations.ts"
import { SELECT_RECIPES } from "./recipes/selects.ts"
import { prepareRecipes } from "./recipes/tables.ts"
import { WHERE_RECIPES } from "./recipes/wheres.ts"
import { WRITE_RECIPES } from "./recipes/writes.ts"

describePrograms("what Kysely's documentation teaches", prepareRecipes, {
  selecting: SELECT_RECIPES,
  filtering: WHERE_RECIPES,
  joining: JOIN_RECIPES,
  "nesting relations": RELATION_RECIPES,
  "building expressions": EXPRESSION_RECIPES,
  writing: WRITE_RECIPES,
  "with plugins": PLUGIN_RECIPES,
  "and the rest": OTHER_RECIPES,
})
